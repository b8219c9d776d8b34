package dev.ballast.certificates.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.output.gotemplate.GoTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what Go's text/template answers: src/test/golden/main.go. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class GoTemplateTest {
  @Test
  void every_template_of_the_golden_file_prints_what_go_prints_or_is_refused() throws Exception {
    var softly = new SoftAssertions();
    for (String[] each : JsonPathTest.golden("go-template.txt")) {
      String template = each[0];
      if (each[1] == null) {
        softly
            .assertThatThrownBy(() -> apply(template))
            .as(template)
            .isInstanceOf(CertificatesFailure.class)
            .hasMessageContaining("template \"" + template.strip() + "\"");
      } else {
        softly.assertThatCode(() -> apply(template)).as(template).doesNotThrowAnyException();
        if (softly.wasSuccess()) {
          softly.assertThat(apply(template)).as(template).isEqualTo(each[1]);
        }
      }
    }
    softly.assertAll();
  }

  private static String apply(String template) {
    return GoTemplate.parse(template, true).apply(JsonPathTest.data());
  }

  @Test
  void what_kubectl_adds_is_there() {
    assertThat(apply("{{exists . \"certificates\" 0 \"name\"}} {{exists . \"none\" \"x\"}}"))
        .isEqualTo("true false");
    assertThat(apply("{{base64decode \"aGk=\"}}")).isEqualTo("hi");
  }

  @Test
  void a_missing_key_is_an_error_when_it_was_said_so() {
    GoTemplate template = GoTemplate.parse("{{.none}}", false);

    assertThatThrownBy(() -> template.apply(JsonPathTest.data()))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("map has no entry for key \"none\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}",
        "{{range 100000}}{{range 100000}}x{{end}}{{end}}",
        "{{range 9999999999}}x{{end}}",
        "{{printf \"%9999999d\" 1}}",
        "{{range 1000}}{{printf \"%1000000d\" 1}}{{end}}"
      })
  void what_would_never_end_is_ended(String template) {
    assertThatThrownBy(() -> apply(template))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("executing template");
  }

  @Test
  void parentheses_without_end_are_refused() {
    assertThatThrownBy(() -> apply("{{" + "(".repeat(100_000) + "1" + ")".repeat(100_000) + "}}"))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("nested deeper");
  }

  @Test
  void the_printer_reads_it_from_the_option_or_from_a_file(@TempDir Path directory)
      throws Exception {
    Path file = Files.writeString(directory.resolve("t"), "{{.kind}}\n");
    for (String option :
        new String[] {
          "go-template={{.kind}}\n",
          "template={{.kind}}\n",
          "go-template-file=" + file,
          "templatefile=" + file
        }) {
      assertThat(((Printer.Structured) Printer.parse(option, true)).print(JsonPathTest.data()))
          .isEqualTo("CertificateExpirationInfo\n");
    }
    assertThatThrownBy(() -> Printer.parse("go-template=", true))
        .hasMessageContaining("template format specified but no template given");
  }
}
