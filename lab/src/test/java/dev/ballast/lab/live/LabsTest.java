package dev.ballast.lab.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directory of labs, without any network. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LabsTest {
  @TempDir private Path parent;

  @Test
  void what_a_kill_amid_the_beginning_or_the_removal_of_a_place_left_is_removed() throws Exception {
    Labs labs = Labs.at(parent.resolve("labs"));
    for (String name : List.of(".next-1234", ".gone-abcd")) {
      Files.createDirectories(parent.resolve("labs").resolve(name).resolve("hosts/n1"));
      Files.writeString(parent.resolve("labs").resolve(name).resolve("hosts/n1/log"), "…");
    }
    Files.createDirectories(parent.resolve("labs/foreign/files"));

    labs.sweep();

    assertThat(names()).containsExactly("foreign", "lock");
  }

  @Test
  void a_place_that_is_given_up_leaves_nothing_and_can_be_taken_again() throws Exception {
    Labs labs = Labs.at(parent.resolve("labs"));
    Labs.Place place = labs.take("abcd");
    Files.createDirectories(place.directory().resolve("hosts/n1"));
    assertThatThrownBy(() -> labs.take("abcd")).hasMessageContaining("runs already");

    place.close();

    assertThat(names()).containsExactly("lock");
    labs.take("abcd").close();
    assertThat(labs.sweep()).isEmpty();
  }

  @Test
  void a_directory_that_others_may_write_is_refused() throws Exception {
    Path open = Files.createDirectory(parent.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThatThrownBy(() -> Labs.at(open))
        .isInstanceOf(LabFailure.class)
        .hasMessageContaining("may be written by other users");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(parent.resolve("labs"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
