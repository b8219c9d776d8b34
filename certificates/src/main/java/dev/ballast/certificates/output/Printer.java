package dev.ballast.certificates.output;

import dev.ballast.certificates.CertificatesFailure;
import java.util.Map;
import java.util.function.Function;

/** One way to print a value. */
public sealed interface Printer {

  /** The table that people read; the value is not used. */
  record Text() implements Printer {}

  /** A form of the value. */
  record Structured(Function<Map<String, Object>, String> form) implements Printer {
    /** The printed value, line feeds included. */
    public String print(Map<String, Object> value) {
      return form.apply(value);
    }
  }

  /**
   * Reads {@code -o}.
   *
   * @param allowMissingKeys whether a template may ask for what is not there
   * @throws CertificatesFailure when there is no such format
   */
  static Printer parse(String format, boolean allowMissingKeys) {
    return switch (format) {
      case "text" -> new Text();
      case "json" -> new Structured(value -> Json.indented(value, 4) + "\n");
      case "yaml" -> new Structured(BlockYaml::of);
      default -> throw unknown(format);
    };
  }

  private static CertificatesFailure unknown(String format) {
    return new CertificatesFailure(
        "unable to match a printer suitable for the output format \"" + format + "\"",
        "allowed formats are: text,json,yaml,go-template,go-template-file,template,templatefile,jsonpath,jsonpath-as-json,jsonpath-file");
  }
}
