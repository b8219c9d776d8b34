package dev.ballast.certificates.output;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.output.gotemplate.GoTemplate;
import dev.ballast.pki.PkiFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
      default -> template(format, allowMissingKeys);
    };
  }

  private static Printer template(String format, boolean allowMissingKeys) {
    int equals = format.indexOf('=');
    String kind = equals < 0 ? format : format.substring(0, equals);
    String argument = equals < 0 ? "" : format.substring(equals + 1);
    return switch (kind) {
      case "jsonpath" -> new Structured(path(kind, argument, allowMissingKeys)::text);
      case "jsonpath-as-json" -> new Structured(path(kind, argument, allowMissingKeys)::json);
      case "jsonpath-file" ->
          new Structured(path(kind, file(kind, argument), allowMissingKeys)::text);
      case "go-template", "template" -> goTemplate(inline(kind, argument), allowMissingKeys);
      case "go-template-file", "templatefile" -> goTemplate(file(kind, argument), allowMissingKeys);
      default -> throw unknown(format);
    };
  }

  private static Printer goTemplate(String template, boolean allowMissingKeys) {
    return new Structured(GoTemplate.parse(template, allowMissingKeys)::apply);
  }

  private static String inline(String kind, String template) {
    if (template.isEmpty()) {
      throw new CertificatesFailure(
          "template format specified but no template given", "write it as " + kind + "={{.kind}}");
    }
    return template;
  }

  private static JsonPath path(String kind, String template, boolean allowMissingKeys) {
    if (template.isEmpty()) {
      throw new CertificatesFailure(
          "template format specified but no template given",
          "write it as " + kind + "={.certificates[*].name}");
    }
    return new JsonPath(template, allowMissingKeys);
  }

  private static String file(String kind, String file) {
    if (file.isEmpty()) {
      throw new CertificatesFailure(
          "template format specified but no template given", "write it as " + kind + "=FILE");
    }
    return new String(PkiFiles.readNamed(Path.of(file)), StandardCharsets.UTF_8);
  }

  private static CertificatesFailure unknown(String format) {
    return new CertificatesFailure(
        "unable to match a printer suitable for the output format \"" + format + "\"",
        "allowed formats are: text,json,yaml,go-template,go-template-file,template,templatefile,jsonpath,jsonpath-as-json,jsonpath-file");
  }
}
