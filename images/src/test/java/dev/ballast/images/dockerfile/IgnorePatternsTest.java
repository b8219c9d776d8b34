package dev.ballast.images.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class IgnorePatternsTest {
  @Test
  void the_last_pattern_that_matches_decides() {
    IgnorePatterns patterns = IgnorePatterns.parse("# c\n*.md\n!README.md\n/out\n**/tmp\n");
    assertThat(patterns.excludes("a.md")).isTrue();
    assertThat(patterns.excludes("README.md")).isFalse();
    assertThat(patterns.excludes("docs/a.md")).isFalse();
    assertThat(patterns.excludes("out/deep/file")).isTrue();
    assertThat(patterns.excludes("a/b/tmp/x")).isTrue();
    assertThat(patterns.excludes("tmp")).isTrue();
  }

  @Test
  void a_lone_exclamation_mark_is_refused() {
    assertThatThrownBy(() -> IgnorePatterns.parse("!\n"))
        .hasMessage("illegal exclusion pattern: \"!\"");
  }
}
