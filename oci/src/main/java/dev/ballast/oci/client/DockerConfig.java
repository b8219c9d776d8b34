package dev.ballast.oci.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The credentials of Docker's {@code config.json} and of containers' {@code auth.json}. */
public final class DockerConfig implements Credentials.Source {
  private static final int LARGEST = 1 << 20;
  private static final long HELPER_SECONDS = 30;

  private final List<Path> files;

  private DockerConfig(List<Path> files) {
    this.files = List.copyOf(files);
  }

  /** Reads one file. */
  public static DockerConfig of(Path file) {
    return new DockerConfig(List.of(file));
  }

  /** Reads the files that skopeo and Docker read, in skopeo's order. */
  public static DockerConfig of(Map<String, String> environment) {
    if (environment.containsKey("REGISTRY_AUTH_FILE")) {
      return of(Path.of(environment.get("REGISTRY_AUTH_FILE")));
    }
    List<Path> files = new ArrayList<>();
    if (environment.containsKey("XDG_RUNTIME_DIR")) {
      files.add(Path.of(environment.get("XDG_RUNTIME_DIR")).resolve("containers/auth.json"));
    }
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    if (environment.containsKey("DOCKER_CONFIG")) {
      files.add(Path.of(environment.get("DOCKER_CONFIG")).resolve("config.json"));
    } else {
      files.add(home.resolve(".docker/config.json"));
    }
    return new DockerConfig(files);
  }

  @Override
  public Credentials find(String registry) throws IOException {
    for (Path file : files) {
      if (!Files.exists(file)) {
        continue;
      }
      if (Files.size(file) > LARGEST) {
        throw new IOException(file + " is too large for a file of credentials");
      }
      ObjectNode config;
      try {
        config = Json.read(Files.readAllBytes(file));
      } catch (IOException e) {
        // Not with the parser's message: it quotes the file.
        throw new IOException(file + " cannot be read, or is not JSON; nothing was sent");
      }
      Credentials found = find(config, registry, file);
      if (!(found instanceof Credentials.Anonymous)) {
        return found;
      }
    }
    return new Credentials.Anonymous();
  }

  private static Credentials find(ObjectNode config, String registry, Path file)
      throws IOException {
    List<String> keys = keys(registry);
    for (String key : keys) {
      String helper = config.path("credHelpers").path(key).asText();
      if (!helper.isEmpty()) {
        return helper(helper, key);
      }
    }
    for (String key : keys) {
      JsonNode entry = config.path("auths").path(key);
      if (!entry.path("identitytoken").asText().isEmpty()) {
        return new Credentials.IdentityToken(entry.path("identitytoken").asText());
      }
      if (!entry.path("registrytoken").asText().isEmpty()) {
        return new Credentials.RegistryToken(entry.path("registrytoken").asText());
      }
      if (!entry.path("auth").asText().isEmpty()) {
        return decoded(entry.path("auth").asText(), registry, file);
      }
    }
    String store = config.path("credsStore").asText();
    if (!store.isEmpty()) {
      for (String key : keys) {
        Credentials found = helper(store, key);
        if (!(found instanceof Credentials.Anonymous)) {
          return found;
        }
      }
    }
    return new Credentials.Anonymous();
  }

  private static List<String> keys(String registry) {
    return registry.equals("docker.io")
        ? List.of("https://index.docker.io/v1/", "docker.io", "index.docker.io")
        : List.of(registry, "https://" + registry, "http://" + registry);
  }

  private static Credentials decoded(String auth, String registry, Path file) throws IOException {
    try {
      String pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      if (colon > 0) {
        return new Credentials.Basic(
            pair.substring(0, colon), pair.substring(colon + 1).replace("\0", ""));
      }
    } catch (IllegalArgumentException e) {
      // Said below, without what was there.
    }
    throw new IOException(file + ": the auth of " + registry + " is not base64 of USER:PASSWORD");
  }

  /** Asks a program {@code docker-credential-NAME}. */
  private static Credentials helper(String name, String key) throws IOException {
    if (!name.matches("[A-Za-z0-9._-]+")) {
      throw new IOException("not the name of a credential helper: " + name);
    }
    String program = "docker-credential-" + name;
    Process process =
        new ProcessBuilder(program, "get").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(key.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It ended without reading; its answer says why.
      }
      byte[] out = process.getInputStream().readNBytes(LARGEST);
      if (!process.waitFor(HELPER_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(program + " did not answer in " + HELPER_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        String said = new String(out, StandardCharsets.UTF_8);
        if (said.contains("credentials not found")) {
          return new Credentials.Anonymous();
        }
        throw new IOException(program + " failed for " + key + " with " + process.exitValue());
      }
      ObjectNode answer = Json.read(out);
      String user = answer.path("Username").asText();
      String secret = answer.path("Secret").asText();
      return user.equals("<token>")
          ? new Credentials.IdentityToken(secret)
          : new Credentials.Basic(user, secret);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + program + " ran", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
