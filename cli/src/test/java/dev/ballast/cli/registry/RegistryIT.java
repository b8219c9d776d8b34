package dev.ballast.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ports;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as processes, with skopeo beside them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RegistryIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path work;

  private List<String> command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + ROOT.resolve("dev/jvm-options"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.ballast.cli.Main",
                "registry"));
    command.addAll(List.of(arguments));
    return command;
  }

  private String ballast(String... arguments) throws Exception {
    return Ran.of(work, Map.of(), command(arguments), "").orFail();
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void serves_copies_lists_inspects_and_collects() throws Exception {
    String umoci = ReferenceProgram.required("umoci").toString();
    String skopeo = ReferenceProgram.required("skopeo").toString();
    Path layout = work.resolve("layout");
    Ran.ok(umoci, "init", "--layout", layout.toString());
    Ran.ok(umoci, "new", "--image", layout + ":one");
    Files.writeString(work.resolve("file"), "hello");
    Ran.ok(
        umoci,
        "insert",
        "--rootless",
        "--image",
        layout + ":one",
        work.resolve("file").toString(),
        "/file");
    Ran.ok(
        umoci,
        "config",
        "--image",
        layout + ":one",
        "--config.label",
        "a=b",
        "--config.env",
        "X=y");
    List<Integer> ports = Ports.free(2);
    String host = "127.0.0.1:" + ports.get(0);
    String metrics = "http://127.0.0.1:" + ports.get(1);
    Path store = work.resolve("store");
    try (Daemon registry =
        Daemon.start(
            work.resolve("log"),
            Map.of(),
            command(
                "serve",
                store.toString(),
                "--listen",
                host,
                "--metrics-listen",
                "127.0.0.1:" + ports.get(1)))) {
      Eventually.holds(
          "it is ready",
          Eventually.SOON.multipliedBy(3),
          () -> get(metrics + "/readyz").startsWith("ok"));

      String digest =
          ballast("copy", "-q", "oci:" + layout + ":one", "docker://" + host + "/a/b:1").strip();

      JsonNode ours =
          new ObjectMapper().readTree(ballast("inspect", "docker://" + host + "/a/b:1"));
      JsonNode theirs =
          new ObjectMapper()
              .readTree(
                  Ran.ok(skopeo, "inspect", "--tls-verify=false", "docker://" + host + "/a/b:1"));
      if (!theirs.has("LayersData")) {
        // skopeo says it since 1.10.
        assertThat(((ObjectNode) ours).remove("LayersData")).hasSize(1);
      }
      assertThat(ours).isEqualTo(theirs);
      assertThat(ours.path("Digest").asText()).isEqualTo(digest);
      assertThat(ballast("inspect", "--raw", host + "/a/b:1"))
          .isEqualTo(
              Ran.ok(
                  skopeo, "inspect", "--raw", "--tls-verify=false", "docker://" + host + "/a/b:1"));
      assertThat(ballast("ls", store.toString())).contains("REPOSITORY", "a/b", "1", digest);
      assertThat(get(metrics + "/metrics"))
          .contains("ballast_registry_blobs_pushed_total 2.0")
          .contains("ballast_registry_manifests_pushed_total 1.0");

      Ran.ok(skopeo, "delete", "--tls-verify=false", "docker://" + host + "/a/b:1");
      assertThat(ballast("gc", store.toString(), "--grace", "0s", "--dry-run"))
          .contains("would remove 3 pieces");
      assertThat(ballast("gc", store.toString(), "--grace", "0s")).contains("removed 3 pieces");
      assertThat(ballast("ls", store.toString(), "-o", "json").strip()).isEqualTo("[ ]");
      assertThat(registry.isAlive()).isTrue();
    }
  }

  @Test
  void says_what_to_do_about_a_wrong_option() throws Exception {
    Ran ran = Ran.of(work, Map.of(), command("serve", "x", "--tls-cert", "a"), "");

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.output()).contains("--tls-key").contains("try: ballast registry serve --help");
    assertThat(Ran.of(work, Map.of(), command("gc", "nowhere"), "").output())
        .contains("nowhere/blobs does not exist");
  }
}
