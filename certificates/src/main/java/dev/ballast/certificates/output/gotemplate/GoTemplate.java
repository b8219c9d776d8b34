package dev.ballast.certificates.output.gotemplate;

import dev.ballast.certificates.CertificatesFailure;
import org.jspecify.annotations.Nullable;

/**
 * A template of Go's text/template, over maps with text keys, lists, text, truth values, {@code
 * Long} and {@code Double}. Immutable.
 */
public final class GoTemplate {
  private final String text;
  private final Parser.Templates templates;
  private final boolean allowMissingKeys;

  private GoTemplate(String text, Parser.Templates templates, boolean allowMissingKeys) {
    this.text = text;
    this.templates = templates;
    this.allowMissingKeys = allowMissingKeys;
  }

  /**
   * Reads a template.
   *
   * @param allowMissingKeys whether it may ask for what is not there
   * @throws CertificatesFailure when Go would refuse it
   */
  public static GoTemplate parse(String text, boolean allowMissingKeys) {
    try {
      return new GoTemplate(text, Parser.parse(text), allowMissingKeys);
    } catch (Malformed e) {
      throw failed("parsing", text, e.getMessage());
    }
  }

  /**
   * The template filled in.
   *
   * @throws CertificatesFailure when it asks for what cannot be done, or prints without end
   */
  public String apply(@Nullable Object data) {
    try {
      return new Evaluation(templates, allowMissingKeys).run(data);
    } catch (Malformed e) {
      throw failed("executing", text, e.getMessage());
    }
  }

  private static CertificatesFailure failed(String what, String template, String why) {
    return new CertificatesFailure(
        "error %s template \"%s\": %s".formatted(what, template.strip(), why),
        "correct the template; its language is that of Go's text/template");
  }

  /** What is wrong with a template, until its text is known. */
  static final class Malformed extends RuntimeException {
    Malformed(String what) {
      super(what, null, false, false);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }
}
