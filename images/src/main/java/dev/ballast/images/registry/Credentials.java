package dev.ballast.images.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The user names and passwords of Docker's {@code config.json}. */
final class Credentials {
  private Credentials() {}

  /** Returns the value of a {@code Basic} header for a registry. */
  static Optional<String> basic(String registry) throws IOException {
    Map<String, String> environment = System.getenv();
    Path directory =
        environment.containsKey("DOCKER_CONFIG")
            ? Path.of(environment.get("DOCKER_CONFIG"))
            : Path.of(environment.getOrDefault("HOME", "/")).resolve(".docker");
    Path file = directory.resolve("config.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode auths = new ObjectMapper().readTree(file.toFile()).path("auths");
    String key = registry.equals("docker.io") ? "https://index.docker.io/v1/" : registry;
    String auth = auths.path(key).path("auth").asText();
    return auth.isEmpty() ? Optional.empty() : Optional.of("Basic " + auth);
  }
}
