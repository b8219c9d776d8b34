package dev.ballast.cli.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ports;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds as a process of its own, pushed to Docker's registry and read back by skopeo. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BuildIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path work;
  private Path context;

  @BeforeEach
  void make_a_context() throws Exception {
    context = Files.createDirectory(work.resolve("context"));
    Files.copy(ReferenceProgram.required("busybox").toRealPath(), context.resolve("busybox"));
    Files.writeString(context.resolve("hello.txt"), "hello\n");
  }

  private Ran build(String... arguments) throws Exception {
    String script =
        ". '%s/dev/user-namespace.sh'; enter_user_namespace; exec \"${enter[@]}\" \"$@\""
            .formatted(ROOT);
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                "bash",
                "-c",
                script,
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + ROOT.resolve("dev/jvm-options"),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.ballast.cli.Main",
                "buildx",
                "build",
                "--store",
                work.resolve("store").toString()));
    command.addAll(List.of(arguments));
    command.add(context.toString());
    return Ran.of(command.toArray(String[]::new));
  }

  private void dockerfile(String text) throws Exception {
    Files.writeString(context.resolve("Dockerfile"), text);
  }

  @Test
  void two_platforms_become_an_index_in_a_registry() throws Exception {
    int port = Ports.free(1).getFirst();
    Path config = work.resolve("registry.yml");
    Files.writeString(
        config,
        "version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: 127.0.0.1:%d}\n"
            .formatted(work.resolve("registry"), port));
    dockerfile(
        """
        FROM --platform=$BUILDPLATFORM scratch AS tools
        COPY busybox /bin/sh
        COPY busybox /bin/cat
        WORKDIR /src
        COPY hello.txt .
        ARG TARGETARCH
        RUN (cat hello.txt; echo "for $TARGETARCH") > out.txt
        FROM scratch
        ENV A=b
        COPY --from=tools /src/out.txt /app/out.txt
        ENTRYPOINT ["/app/run"]
        """);
    String name = "127.0.0.1:" + port + "/it/app:1";
    try (Daemon registry =
        Daemon.start(
            work.resolve("registry.log"),
            Map.of(),
            List.of(
                ReferenceProgram.required("docker-registry").toString(),
                "serve",
                config.toString()))) {
      Eventually.holds("the registry listens", Duration.ofSeconds(30), () -> listens(port));
      build("--platform", "linux/amd64,linux/arm64", "-t", name, "--push").orFail();
      String skopeo = ReferenceProgram.required("skopeo").toString();
      String pushed = Ran.ok(skopeo, "inspect", "--raw", "--tls-verify=false", "docker://" + name);
      JsonNode index = new ObjectMapper().readTree(pushed);
      assertThat(index.path("manifests").findValuesAsText("architecture"))
          .containsExactly("amd64", "arm64");
      for (String architecture : List.of("amd64", "arm64")) {
        Path copy = work.resolve(architecture);
        String unused =
            Ran.ok(
                skopeo,
                "copy",
                "--override-arch",
                architecture,
                "--src-tls-verify=false",
                "docker://" + name,
                "dir:" + copy);
        JsonNode manifest = new ObjectMapper().readTree(copy.resolve("manifest.json").toFile());
        String layer =
            manifest.path("layers").path(0).path("digest").asText().substring("sha256:".length());
        assertThat(Ran.ok("tar", "-xzOf", copy.resolve(layer).toString(), "app/out.txt"))
            .isEqualTo("hello\nfor " + architecture + "\n");
      }
      Ran again = build("--platform", "linux/amd64,linux/arm64", "-t", name, "--push");
      assertThat(again.orFail()).contains("CACHED").doesNotContain("ERROR");
      assertThat(Ran.ok(skopeo, "inspect", "--raw", "--tls-verify=false", "docker://" + name))
          .as("a rebuild without a change gives the same index")
          .isEqualTo(pushed);
      assertThat(registry.isAlive()).isTrue();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @Test
  void a_step_sees_its_own_processes_hosts_and_secrets_and_leaves_none_in_the_image()
      throws Exception {
    Files.writeString(work.resolve("token"), "s3cret");
    dockerfile(
        """
        FROM scratch
        COPY busybox /bin/sh
        COPY busybox /bin/busybox
        RUN --mount=type=secret,id=token,target=/keys/token --network=none \\
            /bin/busybox grep -q s3cret /keys/token && /bin/busybox hostname && \\
            /bin/busybox ls /proc | /bin/busybox grep -c '^[0-9]' && /bin/busybox ip link | /bin/busybox grep -c ': '
        """);
    Path layout = work.resolve("layout");
    String said =
        build(
                "--secret",
                "id=token,src=" + work.resolve("token"),
                "-o",
                "type=oci,tar=false,dest=" + layout)
            .orFail();
    assertThat(said).contains("buildkitsandbox");
    try (var blobs = Files.list(layout.resolve("blobs/sha256"))) {
      for (Path blob : blobs.toList()) {
        byte[] head = Files.readAllBytes(blob);
        if (head.length > 2 && (head[0] & 0xff) == 0x1f) {
          assertThat(Ran.ok("tar", "-tzf", blob.toString()))
              .doesNotContain("hosts", "resolv.conf", "keys", "proc", "dev");
        }
      }
    }
  }

  @Test
  void a_step_that_fails_names_its_line_and_exit_code() throws Exception {
    dockerfile("FROM scratch\nCOPY busybox /bin/sh\nRUN exit 7\n");
    Ran ran = build();
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.output())
        .contains("Dockerfile:3", ">>> RUN exit 7", "did not complete successfully: exit code: 7");
  }

  @Test
  void what_is_not_supported_is_refused_with_its_line() throws Exception {
    dockerfile("FROM scratch\nADD https://example.org/x /x\n");
    assertThat(build().output()).contains("Dockerfile:2", "is not supported yet");
    dockerfile("FROM scratch\nRUN --mount=type=ssh x\n");
    assertThat(build().output()).contains("Dockerfile:2", "type=ssh is not supported yet");
  }
}
