package dev.ballast.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class MountedDiskTest {
  @TempDir private Path root;

  private Path inside(String path) {
    return root.relativize(MountedDisk.inside(root, Path.of(path)));
  }

  private void link(String from, String to) throws IOException {
    Files.createDirectories(root.resolve(from).resolveSibling(""));
    Files.createSymbolicLink(root.resolve(from), Path.of(to));
  }

  @Test
  void absolute_links_stay_on_the_disk_wherever_they_are_on_the_way() throws IOException {
    link("var/lib/kubelet", "/data/kubelet");
    link("data/kubelet/pki/current.pem", "/var/lib/kubelet/pki/dated.pem");

    assertThat(inside("/var/lib/kubelet/pki/current.pem"))
        .isEqualTo(Path.of("data/kubelet/pki/dated.pem"));
  }

  @Test
  void relative_links_are_followed_and_do_not_climb_out() throws IOException {
    link("etc/kubernetes/pki", "../../srv/pki");
    link("etc/out", "../../../../tmp");

    assertThat(inside("/etc/kubernetes/pki/ca.crt")).isEqualTo(Path.of("srv/pki/ca.crt"));
    assertThat(inside("/etc/out/x")).isEqualTo(Path.of("tmp/x"));
  }

  @Test
  void what_is_not_there_and_a_circle_stay_as_they_are_written() throws IOException {
    link("etc/a", "b");
    link("etc/b", "a");

    assertThat(inside("/nothing/here")).isEqualTo(Path.of("nothing/here"));
    assertThat(inside("/etc/a").getParent()).isEqualTo(Path.of("etc"));
  }

  @Test
  void on_the_machine_itself_the_kernel_follows_links() throws IOException {
    link("current", "/elsewhere");

    assertThat(MountedDisk.inside(Path.of("/"), root.resolve("current")))
        .isEqualTo(root.resolve("current"));
  }
}
