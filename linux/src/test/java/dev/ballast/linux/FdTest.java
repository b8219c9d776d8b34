package dev.ballast.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FdTest {
  @Test
  void an_error_names_call_argument_and_errno() {
    assertThatThrownBy(() -> Fd.open(Path.of("/no/such"), Fd.O_RDONLY))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno().name()).isEqualTo("ENOENT"))
        .hasMessage("open(/no/such): ENOENT (no such file or directory)");
  }

  @Test
  void refuses_calls_after_its_close_and_closes_once() {
    Fd fd = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
    fd.close();
    fd.close();

    assertThatThrownBy(() -> fd.use(n -> n))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("EBADF");
  }

  @Test
  void stays_open_until_the_last_call_on_it_returned() {
    Fd fd = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);

    long open =
        fd.use(n -> {
          fd.close();
          return Files.exists(Path.of("/proc/self/fd/" + n)) ? n : -1;
        });

    assertThat(open).isNotNegative();
    assertThat(fd.isClosed()).isTrue();
  }
}
