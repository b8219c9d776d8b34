package dev.ballast.linux.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FileCallsTest {
  @TempDir private Path directory;

  @Test
  void a_rename_spares_what_is_there() throws Exception {
    Path one = Files.writeString(directory.resolve("one"), "1");
    Path two = Files.writeString(directory.resolve("two"), "2");

    assertThat(AtomicRename.ifAbsent(one, two)).isFalse();
    assertThat(two).hasContent("2");
    assertThat(AtomicRename.ifAbsent(one, directory.resolve("three"))).isTrue();
    assertThat(directory.resolve("three")).hasContent("1");
    AtomicRename.syncDirectory(directory);
  }

  @Test
  void an_exchange_swaps_two_files() throws Exception {
    Path one = Files.writeString(directory.resolve("one"), "1");
    Path two = Files.writeString(directory.resolve("two"), "2");

    AtomicRename.exchange(one, two);

    assertThat(one).hasContent("2");
    assertThat(two).hasContent("1");
  }

  @Test
  void a_lease_has_one_holder_until_it_is_closed() throws Exception {
    Path file = directory.resolve("lease");
    FileLease first = FileLease.tryTake(file).orElseThrow();

    assertThat(FileLease.tryTake(file)).isEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    first.close();
    FileLease second = FileLease.tryTake(file).orElseThrow();
    second.close();
  }
}
