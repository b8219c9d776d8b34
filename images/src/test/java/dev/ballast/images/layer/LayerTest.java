package dev.ballast.images.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.OptionalLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LayerTest {
  @TempDir private Path work;

  @Test
  void the_stream_depends_on_the_content_alone() throws IOException {
    byte[] first = write(tree("a", false));
    byte[] second = write(tree("b", true));
    assertThat(second).isEqualTo(first);
  }

  private Path tree(String name, boolean reversed) throws IOException {
    Path root = Files.createDirectories(work.resolve(name));
    for (String each : reversed ? new String[] {"z", "m", "a"} : new String[] {"a", "m", "z"}) {
      Files.writeString(root.resolve(each), each);
      Files.setLastModifiedTime(root.resolve(each), FileTime.fromMillis(1_000_000_000_500L));
    }
    Files.createLink(root.resolve("n"), root.resolve("a"));
    Files.createSymbolicLink(root.resolve("s"), Path.of("a"));
    return root;
  }

  private static byte[] write(Path root) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LayerWriter.write(root, out, OptionalLong.of(1_000_000_000L));
    return out.toByteArray();
  }

  @Test
  void names_and_links_do_not_lead_out_of_the_root() throws IOException {
    Path outside = Files.createDirectories(work.resolve("outside"));
    Path root = Files.createDirectories(work.resolve("inside/root"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      entry(tar, "../../outside/one");
      TarArchiveEntry link = new TarArchiveEntry("way", TarArchiveEntry.LF_SYMLINK);
      link.setLinkName(outside.toString());
      own(link);
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
      entry(tar, "way/two");
      TarArchiveEntry up = new TarArchiveEntry("up", TarArchiveEntry.LF_SYMLINK);
      up.setLinkName("../../outside");
      own(up);
      tar.putArchiveEntry(up);
      tar.closeArchiveEntry();
      entry(tar, "up/three");
    }
    LayerReader.archive(new ByteArrayInputStream(bytes.toByteArray()), root);
    assertThat(outside).isEmptyDirectory();
    assertThat(root.resolve("outside/one")).exists();
    assertThat(root.resolve("way")).isSymbolicLink();
    assertThat(Files.exists(root.resolve("outside/three"), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  private static void entry(TarArchiveOutputStream tar, String name) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setSize(1);
    own(entry);
    tar.putArchiveEntry(entry);
    tar.write('x');
    tar.closeArchiveEntry();
  }

  private static void own(TarArchiveEntry entry) {
    var ids = new com.sun.security.auth.module.UnixSystem();
    entry.setIds((int) ids.getUid(), (int) ids.getGid());
  }
}
