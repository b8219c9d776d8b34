package dev.ballast.images.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ExpansionTest {
  private static final Map<String, String> VARIABLES =
      Map.of("A", "abc", "EMPTY", "", "P", "/usr/local/lib/x.tar.gz");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          $A              | abc
          x${A}y          | xabcy
          '$A'            | $A
          "$A"            | abc
          \\$A            | $A
          "a\\$A"         | a$A
          "a\\b"          | a\\b
          ${NO:-d}        | d
          ${EMPTY:-d}     | d
          ${EMPTY-d}x     | x
          ${A:+set}       | set
          ${EMPTY+set}    | set
          ${NO:-${A}}     | abc
          ${P#*/}         | usr/local/lib/x.tar.gz
          ${P##*/}        | x.tar.gz
          ${P%.*}         | /usr/local/lib/x.tar
          ${P%%.*}        | /usr/local/lib/x
          ${A/b/X}        | aXc
          ${P//l/L}       | /usr/LocaL/Lib/x.tar.gz
          a$              | a$
          """)
  void variables_expand_as_in_buildkit(String word, String expected) {
    assertThat(Expansion.expand(word, '\\', VARIABLES)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ${A             | syntax error: missing '}'
          ${}             | syntax error: bad substitution
          ${NO:?why}      | NO: why
          ${EMPTY:?}      | EMPTY: is not allowed to be empty
          ${NO?}          | NO: is not allowed to be unset
          'a              | unexpected end of statement while looking for matching single-quote
          ${A^}           | unsupported modifier (^) in substitution
          """)
  void malformed_words_are_refused(String word, String message) {
    assertThatThrownBy(() -> Expansion.expand(word, '\\', VARIABLES)).hasMessage(message);
  }
}
