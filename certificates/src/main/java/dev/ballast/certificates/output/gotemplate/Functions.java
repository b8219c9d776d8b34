package dev.ballast.certificates.output.gotemplate;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.certificates.output.gotemplate.GoTemplate.Malformed;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of Go's templates, and {@code exists} and {@code base64decode} of kubectl. */
final class Functions {
  private static final Set<String> NAMES =
      Set.of(
          "and",
          "or",
          "not",
          "len",
          "index",
          "slice",
          "print",
          "printf",
          "println",
          "html",
          "js",
          "urlquery",
          "call",
          "eq",
          "ne",
          "lt",
          "le",
          "gt",
          "ge",
          "exists",
          "base64decode");

  private Functions() {}

  static boolean exists(String name) {
    return NAMES.contains(name);
  }

  /** All but {@code and} and {@code or}, which do not look at each argument. */
  static @Nullable Object call(String name, List<@Nullable Object> arguments) {
    return switch (name) {
      case "not" -> !isTrue(only(name, arguments));
      case "len" -> length(only(name, arguments));
      case "index" -> index(first(name, arguments), rest(arguments));
      case "slice" -> slice(first(name, arguments), rest(arguments));
      case "print" -> Format.print(arguments);
      case "println" -> Format.println(arguments);
      case "printf" -> Format.printf(text(name, first(name, arguments)), rest(arguments));
      case "html" -> Escaping.html(joined(arguments));
      case "js" -> Escaping.javaScript(joined(arguments));
      case "urlquery" ->
          URLEncoder.encode(joined(arguments), UTF_8).replace("*", "%2A").replace("%7E", "~");
      case "eq" -> anyEquals(first(name, arguments), rest(arguments));
      case "ne" -> !equal(two(name, arguments).getFirst(), arguments.getLast());
      case "lt" -> less(two(name, arguments));
      case "le" -> less(two(name, arguments)) || equal(arguments.getFirst(), arguments.getLast());
      case "gt" -> !less(two(name, arguments)) && !equal(arguments.getFirst(), arguments.getLast());
      case "ge" -> !less(two(name, arguments));
      case "exists" -> leadsSomewhere(first(name, arguments), rest(arguments));
      case "base64decode" -> decoded(text(name, only(name, arguments)));
      case "call" -> throw new Malformed("error calling call: non-function in data");
      default -> throw new Malformed("function \"" + name + "\" not defined");
    };
  }

  static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean truth -> truth;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> false;
    };
  }

  private static @Nullable Object first(String name, List<@Nullable Object> arguments) {
    if (arguments.isEmpty()) {
      throw new Malformed("wrong number of args for " + name + ": want at least 1 got 0");
    }
    return arguments.getFirst();
  }

  private static List<@Nullable Object> rest(List<@Nullable Object> arguments) {
    return arguments.subList(1, arguments.size());
  }

  private static @Nullable Object only(String name, List<@Nullable Object> arguments) {
    if (arguments.size() != 1) {
      throw new Malformed("wrong number of args for " + name + ": want 1 got " + arguments.size());
    }
    return arguments.getFirst();
  }

  private static List<@Nullable Object> two(String name, List<@Nullable Object> arguments) {
    if (arguments.size() != 2) {
      throw new Malformed("wrong number of args for " + name + ": want 2 got " + arguments.size());
    }
    return arguments;
  }

  private static String text(String name, @Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new Malformed(
        "wrong type for value of " + name + "; expected string; got " + Format.type(value));
  }

  private static String joined(List<@Nullable Object> arguments) {
    return arguments.size() == 1 && arguments.getFirst() instanceof String text
        ? text
        : Format.print(arguments);
  }

  private static long length(@Nullable Object value) {
    return switch (value) {
      case String text -> text.getBytes(UTF_8).length;
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case null, default ->
          throw new Malformed("error calling len: len of type " + Format.type(value));
    };
  }

  private static @Nullable Object index(@Nullable Object item, List<@Nullable Object> keys) {
    @Nullable Object at = item;
    for (Object key : keys) {
      at =
          switch (at) {
            case Map<?, ?> map -> map.get(text("index", key));
            case List<?> list -> list.get(position(key, list.size() - 1));
            case String text -> {
              byte[] bytes = text.getBytes(UTF_8);
              yield (long) (bytes[position(key, bytes.length - 1)] & 0xff);
            }
            case null, default ->
                throw new Malformed(
                    "error calling index: can't index item of type " + Format.type(at));
          };
    }
    return at;
  }

  private static int position(@Nullable Object index, int last) {
    if (!(index instanceof Long at)) {
      throw new Malformed("cannot index slice/array with type " + Format.type(index));
    }
    if (at < 0 || at > last) {
      throw new Malformed("index out of range: " + at);
    }
    return Math.toIntExact(at);
  }

  private static Object slice(@Nullable Object item, List<@Nullable Object> bounds) {
    int length =
        switch (item) {
          case String text -> text.getBytes(UTF_8).length;
          case List<?> list -> list.size();
          case null, default ->
              throw new Malformed(
                  "error calling slice: can't slice item of type " + Format.type(item));
        };
    if (bounds.size() > (item instanceof String ? 2 : 3)) {
      throw new Malformed("error calling slice: too many slice indexes: " + bounds.size());
    }
    int from = bounds.isEmpty() ? 0 : position(bounds.getFirst(), length);
    int to = bounds.size() < 2 ? length : position(bounds.get(1), length);
    int most = bounds.size() < 3 ? length : position(bounds.get(2), length);
    if (from > to || to > most) {
      throw new Malformed("error calling slice: invalid slice index: " + from + " > " + to);
    }
    return switch (item) {
      case String text -> new String(Arrays.copyOfRange(text.getBytes(UTF_8), from, to), UTF_8);
      case List<?> list -> list.subList(from, to);
      case null, default -> throw new IllegalStateException("looked at above");
    };
  }

  private static boolean anyEquals(@Nullable Object value, List<@Nullable Object> others) {
    if (others.isEmpty()) {
      throw new Malformed("error calling eq: missing argument for comparison");
    }
    // Each is looked at up to the first that equals, as in Go.
    return others.stream().anyMatch(other -> equal(value, other));
  }

  private static boolean equal(@Nullable Object left, @Nullable Object right) {
    for (Object each : Arrays.asList(left, right)) {
      if (each instanceof List || each instanceof Map) {
        throw new Malformed("non-comparable type " + Format.type(each));
      }
    }
    if (isNothing(left) || isNothing(right) || left == null || right == null) {
      return isNothing(left) && isNothing(right);
    }
    if (!left.getClass().equals(right.getClass())) {
      throw new Malformed("incompatible types for comparison");
    }
    return left.equals(right);
  }

  private static boolean isNothing(@Nullable Object value) {
    return value == null || value.equals(Evaluation.MISSING);
  }

  private static boolean less(List<@Nullable Object> two) {
    Object left = two.getFirst();
    Object right = two.getLast();
    if (left instanceof Long a && right instanceof Long b) {
      return a < b;
    }
    if (left instanceof Double a && right instanceof Double b) {
      return a < b;
    }
    if (left instanceof String a && right instanceof String b) {
      return Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)) < 0;
    }
    throw new Malformed(
        Format.type(left).equals(Format.type(right))
            ? "invalid type for comparison"
            : "incompatible types for comparison");
  }

  private static boolean leadsSomewhere(@Nullable Object item, List<@Nullable Object> keys) {
    @Nullable Object at = item;
    for (Object key : keys) {
      if (at instanceof Map<?, ?> map && key instanceof String name && map.containsKey(name)) {
        at = map.get(name);
      } else if (at instanceof List<?> list
          && key instanceof Long position
          && position >= 0
          && position < list.size()) {
        at = list.get(Math.toIntExact(position));
      } else {
        return false;
      }
    }
    return !isNothing(at);
  }

  private static String decoded(String text) {
    try {
      return new String(Base64.getDecoder().decode(text), UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Malformed("error calling base64decode: base64 decode failed");
    }
  }
}
