package dev.ballast.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.oci.client.ImageCopy;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.client.RemoteImage;
import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** containerd pulls and pushes, BuildKit pushes and pulls. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ContainerdAndBuildkitIT {
  private static final ImageCopy.Options ALL =
      new ImageCopy.Options(true, false, new Platform("linux", "amd64", ""));

  @TempDir private Path work;

  @BeforeEach
  void only_for_root() throws Exception {
    Assumptions.assumeTrue(Ran.of("id", "-u").output().strip().equals("0"), "needs root");
    Assumptions.assumeTrue(
        !Files.readString(Path.of("/proc/self/uid_map")).strip().matches("0\\s+[1-9].*"),
        "needs the root of the machine");
  }

  @Test
  void containerd_pulls_from_and_pushes_to_our_registry() throws Exception {
    String ctr = ReferenceProgram.required("ctr").toString();
    Path socket = work.resolve("c.sock");
    Path config = work.resolve("containerd.toml");
    Files.writeString(
        config,
        """
        version = 2
        root = "%s/root"
        state = "%s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%s"
        """
            .formatted(work, work, socket));
    try (Ends ends = new Ends(work);
        Daemon containerd =
            Daemon.start(
                work.resolve("containerd.log"),
                Map.of(),
                List.of(
                    ReferenceProgram.required("containerd").toString(), "-c", config.toString()))) {
      var both = ends.twoPlatforms(1 << 20);
      Ends.Ours ours = ends.ours("ours");
      RegistryClient client = ends.client();
      ImageCopy.run(
          client,
          both,
          RemoteImage.of(client, Reference.parse(ours.host() + "/x/y:1")),
          ALL,
          _ -> {});
      Eventually.holds(
          "containerd answers: " + containerd.lastWords(),
          Duration.ofSeconds(90),
          () -> Ran.of(ctr, "-a", socket.toString(), "version").exitCode() == 0);

      Ran.ok(
          ctr,
          "-a",
          socket.toString(),
          "content",
          "fetch",
          "--plain-http",
          "--all-platforms",
          ours.host() + "/x/y:1");
      Ran.ok(
          ctr,
          "-a",
          socket.toString(),
          "images",
          "tag",
          ours.host() + "/x/y:1",
          ours.host() + "/a/b:2");
      Ran.ok(
          ctr, "-a", socket.toString(), "images", "push", "--plain-http", ours.host() + "/a/b:2");

      assertThat(
              RemoteImage.of(client, Reference.parse(ours.host() + "/a/b:2"))
                  .root()
                  .descriptor()
                  .digest())
          .isEqualTo(both.root().descriptor().digest());
    }
  }

  @Test
  void buildkit_pushes_to_our_registry_and_builds_from_it() throws Exception {
    String buildctl = ReferenceProgram.ofGoModule("buildctl").toString();
    String address = "unix://" + work.resolve("b.sock");
    try (Ends ends = new Ends(work)) {
      Ends.Ours ours = ends.ours("ours");
      Path config = work.resolve("buildkitd.toml");
      Files.writeString(
          config,
          "[registry.\"%s\"]\n  http = true\n[worker.containerd]\n  enabled = false\n"
              .formatted(ours.host()));
      try (Daemon buildkitd =
          Daemon.start(
              work.resolve("buildkitd.log"),
              Map.of(),
              List.of(
                  ReferenceProgram.ofGoModule("buildkitd").toString(),
                  "--config",
                  config.toString(),
                  "--root",
                  work.resolve("bk").toString(),
                  "--addr",
                  address,
                  "--oci-worker-snapshotter",
                  "native"))) {
        Eventually.holds(
            "buildkitd answers: " + buildkitd.lastWords(),
            Duration.ofSeconds(90),
            () -> Ran.of(buildctl, "--addr", address, "debug", "workers").exitCode() == 0);
        Path context = Files.createDirectory(work.resolve("context"));
        Files.writeString(context.resolve("hello"), "hello\n");
        build(
            buildctl,
            address,
            context,
            "FROM scratch\nCOPY hello /hello\n",
            ours.host() + "/base:1");
        build(
            buildctl,
            address,
            context,
            "FROM " + ours.host() + "/base:1\nCOPY hello /again\n",
            ours.host() + "/top:1");

        Path copy = work.resolve("copy");
        Ends.skopeo(
            "copy",
            "--override-arch",
            Platform.here().architecture(),
            "--src-tls-verify=false",
            "docker://" + ours.host() + "/top:1",
            "dir:" + copy);
        Manifest manifest = Manifest.read(Files.readAllBytes(copy.resolve("manifest.json")), "");
        // The configuration, the layer of the base and the one on top.
        assertThat(manifest.blobs()).hasSize(3);
        assertThat(ours.store().repositoryNames().toString()).isEqualTo("[base, top]");
      }
    }
  }

  private static void build(
      String buildctl, String address, Path context, String dockerfile, String name)
      throws Exception {
    Files.writeString(context.resolve("Dockerfile"), dockerfile);
    Ran.ok(
        buildctl,
        "--addr",
        address,
        "build",
        "--frontend",
        "dockerfile.v0",
        "--opt",
        "attest:provenance=false",
        "--local",
        "context=" + context,
        "--local",
        "dockerfile=" + context,
        "--output",
        "type=image,name=" + name + ",push=true,registry.insecure=true");
  }
}
