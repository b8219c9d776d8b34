package dev.ballast.certificates.output;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.output.gotemplate.GoTemplate;
import dev.ballast.pki.PkiFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
      case "kyaml" -> new Structured(Kyaml::of);
      default -> template(format, allowMissingKeys);
    };
  }

  private static Printer template(String format, boolean allowMissingKeys) {
    int equals = format.indexOf('=');
    String kind = equals < 0 ? format : format.substring(0, equals);
    String argument = equals < 0 ? "" : format.substring(equals + 1);
    return switch (kind) {
      case "jsonpath" -> jsonPath(path(kind, argument, allowMissingKeys)::text);
      case "jsonpath-as-json" -> jsonPath(path(kind, argument, allowMissingKeys)::json);
      case "jsonpath-file" -> jsonPath(path(kind, file(kind, argument), allowMissingKeys)::text);
      case "go-template", "template" -> goTemplate(inline(kind, argument), allowMissingKeys);
      case "go-template-file", "templatefile" -> goTemplate(file(kind, argument), allowMissingKeys);
      default -> throw unknown(format);
    };
  }

  private static Printer jsonPath(Function<Object, String> print) {
    return new Structured(value -> print.apply(sorted(value)));
  }

  /** kubeadm looks for paths in maps of Go, which are printed in the order of their keys. */
  private static Object sorted(Map<String, ?> value) {
    var map = new TreeMap<String, @Nullable Object>();
    value.forEach((key, member) -> map.put(key, sortedMember(member)));
    return map;
  }

  private static @Nullable Object sortedMember(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        var members = new TreeMap<String, @Nullable Object>();
        map.forEach((key, member) -> members.put(String.valueOf(key), sortedMember(member)));
        yield members;
      }
      case List<?> list -> {
        var members = new ArrayList<@Nullable Object>();
        list.forEach(member -> members.add(sortedMember(member)));
        yield members;
      }
      case null, default -> value;
    };
  }

  private static Printer goTemplate(String template, boolean allowMissingKeys) {
    return new Structured(GoTemplate.parse(template, allowMissingKeys)::apply);
  }

  private static String inline(String kind, String template) {
    if (template.isEmpty()) {
      throw noTemplate("write it as " + kind + "={{.kind}}");
    }
    return template;
  }

  private static JsonPath path(String kind, String template, boolean allowMissingKeys) {
    if (template.isEmpty()) {
      throw noTemplate("write it as " + kind + "={.certificates[*].name}");
    }
    return new JsonPath(template, allowMissingKeys);
  }

  private static String file(String kind, String file) {
    if (file.isEmpty()) {
      throw noTemplate("write it as " + kind + "=FILE");
    }
    return new String(PkiFiles.readNamed(Path.of(file)), StandardCharsets.UTF_8);
  }

  private static CertificatesFailure noTemplate(String remedy) {
    return new CertificatesFailure(
        "could not construct output printer: template format specified but no template given",
        remedy);
  }

  private static CertificatesFailure unknown(String format) {
    return new CertificatesFailure(
        "could not construct output printer: unable to match a printer suitable for the output"
            + " format \""
            + format
            + "\", allowed formats are: go-template,go-template-file,json,jsonpath,"
            + "jsonpath-as-json,jsonpath-file,kyaml,template,templatefile,text,yaml",
        "name one of them");
  }
}
