package dev.ballast.images.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DockerfileTest {
  private static Dockerfile parse(String text) {
    return Dockerfile.parse("Dockerfile", text);
  }

  @Test
  void continuations_are_joined_without_comments_and_blank_lines() {
    Dockerfile file = parse("FROM a\nRUN one \\\n # no\n\n  two \\\n  three\nCMD x\n");
    Instruction.Program run =
        (Instruction.Program) file.stages().getFirst().instructions().getFirst();
    assertThat(run.words()).containsExactly("one   two   three");
    assertThat(run.line().first()).isEqualTo(2);
    assertThat(run.line().last()).isEqualTo(6);
  }

  @Test
  void a_backtick_escapes_where_the_directive_says_so() {
    Dockerfile file = parse("# escape=`\nFROM a\nRUN dir `\n c:\\\n");
    assertThat(((Instruction.Program) file.stages().getFirst().instructions().getFirst()).words())
        .containsExactly("dir  c:\\");
  }

  @Test
  void here_documents_keep_their_text() {
    Dockerfile file = parse("FROM a\nCOPY <<-\"EOF\" <<B /x/\n\tone $A\n\tEOF\ntwo\nB\nCMD x\n");
    List<Heredoc> found = file.stages().getFirst().instructions().getFirst().line().heredocs();
    assertThat(found)
        .containsExactly(
            new Heredoc("EOF", "one $A\n", false, true), new Heredoc("B", "two\n", true, false));
  }

  @Test
  void what_is_no_json_array_of_strings_is_for_the_shell() {
    Dockerfile file = parse("FROM a\nCMD [\"a\", \"b\"]\nCMD [\"a\", 1]\n");
    assertThat(((Instruction.Program) file.stages().getFirst().instructions().get(0)).shell())
        .isFalse();
    assertThat(((Instruction.Program) file.stages().getFirst().instructions().get(1)).shell())
        .isTrue();
  }

  @Test
  void stages_are_found_by_name_and_number_if_they_come_before() {
    Dockerfile file = parse("FROM a AS One\nFROM b\nFROM c\n");
    assertThat(file.stage("one", 2)).contains(0);
    assertThat(file.stage("1", 2)).contains(1);
    assertThat(file.stage("2", 2)).isEmpty();
  }

  @Test
  void foreign_frontends_are_refused_by_name() {
    assertThat(parse("# syntax=docker/dockerfile:1.7-labs\nFROM a\n").stages()).hasSize(1);
    assertThatThrownBy(() -> parse("# syntax=tonistiigi/dockerfile:master\nFROM a\n"))
        .hasMessageContaining("tonistiigi/dockerfile:master is not built in");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          FROM a~RUM x           | 2 | unknown instruction: RUM (did you mean RUN?)
          FROM                   | 1 | FROM requires either one or three arguments
          FROM a AS 1x           | 1 | invalid name for build stage: "1x", name can't start with a number or contain symbols
          RUN x                  | 1 | no build stage in current context
          FROM a~COPY x          | 2 | COPY requires at least two arguments, but only one was provided. Destination could not be determined
          FROM a~COPY --fron=b x y | 2 | unknown flag: --fron (did you mean from?)
          FROM a~COPY --link=maybe x y | 2 | expecting boolean value for flag link, not: maybe
          FROM a~ENV a           | 2 | ENV must have two arguments
          FROM a~ENV a=b c       | 2 | Syntax error - can't find = in "c". Must be of the form: name=value
          FROM a~ENV =b          | 2 | ENV names can not be blank
          FROM a~SHELL sh        | 2 | SHELL requires the arguments to be in JSON form
          FROM a~HEALTHCHECK NONE x | 2 | HEALTHCHECK NONE takes no arguments
          FROM a~HEALTHCHECK CMD | 2 | Missing command after HEALTHCHECK CMD
          FROM a~ONBUILD ONBUILD RUN x | 2 | Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed
          FROM a~ONBUILD FROM b  | 2 | FROM isn't allowed as an ONBUILD trigger
          FROM a~RUN <<E~x       | 2 | unterminated heredoc
          """)
  void errors_have_a_line_and_the_words_of_buildkit(String text, int line, String message) {
    assertThatThrownBy(() -> parse(text.replace('~', '\n')))
        .isInstanceOfSatisfying(
            DockerfileException.class, e -> assertThat(e.line()).isEqualTo(line))
        .hasMessageEndingWith(message);
  }
}
