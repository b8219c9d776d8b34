package dev.ballast.certificates.output.gotemplate;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values as Go's fmt package prints them. */
final class Format {
  /** Wider than this is Go's limit too. */
  static final int MOST_WIDTH = 1_000_000;

  private Format() {}

  /** What an action prints. */
  static String printed(@Nullable Object value) {
    return value == null || value.equals(Evaluation.MISSING) ? "<no value>" : Verbs.plain(value);
  }

  /** The name of Go's type for it. */
  static String type(@Nullable Object value) {
    return switch (value) {
      case null -> "<nil>";
      case String _ -> "string";
      case Long _ -> "int";
      case Double _ -> "float64";
      case Boolean _ -> "bool";
      case List<?> _ -> "[]interface {}";
      case Map<?, ?> _ -> "map[string]interface {}";
      default -> "<nil>";
    };
  }

  /** {@code fmt.Sprint}: a blank between two of which neither is text. */
  static String print(List<@Nullable Object> values) {
    var out = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      if (i > 0 && !(values.get(i) instanceof String) && !(values.get(i - 1) instanceof String)) {
        out.append(' ');
      }
      out.append(Verbs.plain(values.get(i)));
    }
    return out.toString();
  }

  /** {@code fmt.Sprintln}. */
  static String println(List<@Nullable Object> values) {
    return String.join(" ", values.stream().map(Verbs::plain).toList()) + "\n";
  }

  /** {@code fmt.Sprintf}. */
  static String printf(String format, List<@Nullable Object> values) {
    return new Directives(format, values).all();
  }
}
