package dev.ballast.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class EditTest {
  private static String setFlag(String text) {
    var root = Yaml.parse("pod.yaml", text).getFirst().mapping();
    var command = (Node.Sequence) root.get("command").orElseThrow();
    return new Edit("pod.yaml", text).setArgument(command, "--f", "/new").apply();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "command:\n- a\n- --f=%s\n",
        "command:\n- a\n- --f=%s # why\n- b\n",
        "command:\n- a\n- \"--f=%s\"   # why\n",
        "command:\n- '--f=%s'\n",
        "command:\n- --f\n- %s\n",
        "command: [a, \"--f\", \"%s\"]\n",
        "command: [a, --f=%s, b]",
        "{\"command\": [\"--f=%s\"]}",
        "# \uD83D\uDE00\ncommand:\r\n- --f=%s\r\n",
      })
  void a_flag_is_set_in_every_style_and_the_rest_stays(String text) {
    assertThat(setFlag(text.formatted("/old"))).isEqualTo(text.formatted("/new"));
  }

  @Test
  void a_flag_that_is_not_there_fails_with_its_place() {
    assertThatThrownBy(() -> setFlag("command:\n- a\n"))
        .isInstanceOf(YamlFailure.class)
        .hasMessage("pod.yaml:2:1: this list has no argument --f");
  }

  @Test
  void an_edit_of_nothing_fails() {
    assertThatThrownBy(() -> new Edit("f", "a: b\n").apply()).isInstanceOf(YamlFailure.class);
  }

  @Test
  void a_value_that_an_alias_shares_is_not_edited() {
    assertThatThrownBy(() -> setFlag("command: &c\n- --f=/old\nother: *c\n"))
        .hasMessageContaining("an alias shares this value");
  }

  @Test
  void a_value_that_needs_quotes_gets_them() {
    var text = "a: b # c\n";
    var scalar = Yaml.parse("f", text).getFirst().mapping().scalar("a").orElseThrow();

    assertThat(new Edit("f", text).set(scalar, "x: \"y\" # z").apply())
        .isEqualTo("a: \"x: \\\"y\\\" # z\" # c\n");
    assertThat(new Edit("f", text).set(scalar, "true").apply()).isEqualTo("a: \"true\" # c\n");
  }

  @Test
  void a_literal_block_is_replaced_whole() {
    var text = "a: |\n  b\n  c\nd: e\n";
    var scalar = Yaml.parse("f", text).getFirst().mapping().scalar("a").orElseThrow();

    assertThat(new Edit("f", text).set(scalar, "x").apply()).isEqualTo("a: x\nd: e\n");
  }
}
