package dev.ballast.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class YamlTest {
  @Test
  void documents_have_positions() {
    var documents = Yaml.parse("f", "a: b\n---\n  c:   d\n");

    assertThat(documents).hasSize(2);
    assertThat(documents.get(1).mapping().scalar("c").orElseThrow().position())
        .isEqualTo(new Position(3, 8));
  }

  @Test
  void merge_keys_are_followed_and_own_keys_win() {
    var root =
        Yaml.parse("f", "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  a: 3\nz:\n  <<: [*x]\n")
            .getFirst()
            .mapping();

    assertThat(root.mapping("y").orElseThrow().text("a")).contains("3");
    assertThat(root.mapping("y").orElseThrow().text("b")).contains("2");
    assertThat(root.mapping("z").orElseThrow().text("a")).contains("1");
  }

  @Test
  void a_fault_names_file_line_and_column() {
    assertThatThrownBy(() -> Yaml.parse("f", "a: b\nc: [\n"))
        .isInstanceOf(YamlFailure.class)
        .hasMessageStartingWith("f:3:1: ");
  }

  @Test
  void an_alias_to_what_contains_it_ends_at_the_limit() {
    assertThatThrownBy(() -> Yaml.parse("f", "&a [*a]")).isInstanceOf(YamlFailure.class);
  }

  @Test
  void aliases_do_not_multiply_without_end() {
    var text = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      text.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(9)));
    }
    assertThatThrownBy(() -> Yaml.parse("f", text.toString()))
        .hasMessageContaining("nodes with aliases followed");
  }

  @Test
  void a_secret_is_not_printed() {
    var root = Yaml.parse("f", "key: hunter2\n").getFirst().root();

    assertThat(root.toString()).doesNotContain("hunter2");
  }
}
