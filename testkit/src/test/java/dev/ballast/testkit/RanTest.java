package dev.ballast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RanTest {
  @Test
  void output_and_exit_code_are_kept() throws Exception {
    Ran ran = Ran.of("sh", "-c", "echo out; echo err >&2; exit 3");

    assertThat(ran.exitCode()).isEqualTo(3);
    assertThat(ran.output()).contains("out\n").contains("err\n");
    assertThatThrownBy(ran::orFail)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("ended with 3")
        .hasMessageContaining("err");
  }

  @Test
  void what_never_holds_fails_with_the_last_reason() {
    assertThatThrownBy(() ->
            Eventually.holds(
                "the moon is made of cheese",
                Duration.ofMillis(50),
                () -> {
                  throw new IllegalStateException("it is rock");
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("made of cheese")
        .hasMessageContaining("it is rock");
  }
}
