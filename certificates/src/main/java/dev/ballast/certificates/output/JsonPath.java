package dev.ballast.certificates.output;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.output.JsonPathNode.Steps;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A jsonpath template as kubectl understands it, over maps, lists and scalars. */
final class JsonPath {
  private final List<JsonPathNode> nodes;
  private final boolean allowMissingKeys;
  private final String template;

  /**
   * @throws CertificatesFailure when the template cannot be understood
   */
  JsonPath(String template, boolean allowMissingKeys) {
    this.template = template;
    this.allowMissingKeys = allowMissingKeys;
    this.nodes = JsonPathParser.parse(template);
  }

  /** The template filled in. */
  String text(@Nullable Object data) {
    var out = new StringBuilder();
    for (List<@Nullable Object> results : results(data)) {
      for (int i = 0; i < results.size(); i++) {
        out.append(text1(results.get(i))).append(i + 1 < results.size() ? " " : "");
      }
    }
    return out.toString();
  }

  /** Each result as a JSON array. */
  String json(@Nullable Object data) {
    var out = new StringBuilder();
    results(data).forEach(results -> out.append(Json.indented(results, 4)).append('\n'));
    return out.toString();
  }

  private static String text1(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> _, List<?> _ -> Json.compact(value);
      default -> value.toString();
    };
  }

  private List<List<@Nullable Object>> results(@Nullable Object data) {
    var all = new ArrayList<List<@Nullable Object>>();
    int stopped = run(0, data, all, false);
    if (stopped < nodes.size()) {
      throw failed("not in range, nothing to end");
    }
    return all;
  }

  /** Runs from a node on; returns the index of the end node that it met, or the count of nodes. */
  private int run(
      int from, @Nullable Object current, List<List<@Nullable Object>> all, boolean dry) {
    int i = from;
    while (i < nodes.size()) {
      JsonPathNode node = nodes.get(i);
      if (node instanceof Steps steps && contains(steps, JsonPathNode.End.class)) {
        return i;
      }
      if (node instanceof Steps steps && contains(steps, JsonPathNode.Range.class)) {
        List<@Nullable Object> members = dry ? List.of() : walk(listOf(current), steps);
        int end = members.isEmpty() ? run(i + 1, null, new ArrayList<>(), true) : i;
        for (Object member : members) {
          end = run(i + 1, member, all, false);
        }
        i = end + 1;
        continue;
      }
      if (!dry) {
        all.add(walk(listOf(current), node));
      }
      i++;
    }
    return i;
  }

  private static boolean contains(Steps steps, Class<? extends JsonPathNode> kind) {
    return steps.steps().stream().anyMatch(kind::isInstance);
  }

  private static List<@Nullable Object> listOf(@Nullable Object value) {
    var list = new ArrayList<@Nullable Object>();
    list.add(value);
    return list;
  }

  private List<@Nullable Object> walk(List<@Nullable Object> input, JsonPathNode node) {
    return switch (node) {
      case Steps steps -> {
        List<@Nullable Object> at = input;
        for (JsonPathNode step : steps.steps()) {
          at = walk(at, step);
        }
        yield at;
      }
      case JsonPathNode.Text text -> listOf(text.text());
      case JsonPathNode.Literal literal ->
          new ArrayList<@Nullable Object>(input.stream().map(_ -> literal.value()).toList());
      case JsonPathNode.Field field -> field(input, field.name());
      case JsonPathNode.Wildcard _ -> children(input);
      case JsonPathNode.Recursive _ -> descend(input);
      case JsonPathNode.Slice slice -> slice(input, slice);
      case JsonPathNode.Union union -> {
        var found = new ArrayList<@Nullable Object>();
        union.members().forEach(member -> found.addAll(walk(input, member)));
        yield found;
      }
      case JsonPathNode.Filter filter -> filter(input, filter);
      case JsonPathNode.Range _, JsonPathNode.End _ -> input;
    };
  }

  private List<@Nullable Object> field(List<@Nullable Object> input, String name) {
    var found = new ArrayList<@Nullable Object>();
    for (Object value : input) {
      if (value instanceof Map<?, ?> map && map.containsKey(name)) {
        found.add(map.get(name));
      }
    }
    if (found.isEmpty() && !input.isEmpty() && !allowMissingKeys) {
      throw failed(name + " is not found");
    }
    return found;
  }

  private static List<@Nullable Object> children(List<@Nullable Object> input) {
    var found = new ArrayList<@Nullable Object>();
    for (Object value : input) {
      switch (value) {
        case Map<?, ?> map -> found.addAll(map.values());
        case List<?> list -> found.addAll(list);
        case null, default -> {
          // A scalar has none.
        }
      }
    }
    return found;
  }

  private static List<@Nullable Object> descend(List<@Nullable Object> input) {
    var found = new ArrayList<@Nullable Object>();
    for (Object value : input) {
      List<@Nullable Object> children = children(listOf(value));
      if (!children.isEmpty()) {
        found.add(value);
        found.addAll(descend(children));
      }
    }
    return found;
  }

  private List<@Nullable Object> slice(List<@Nullable Object> input, JsonPathNode.Slice slice) {
    var found = new ArrayList<@Nullable Object>();
    for (Object value : input) {
      if (value == null) {
        continue;
      }
      if (!(value instanceof List<?> list)) {
        throw failed("something that is not a list has no elements");
      }
      int length = list.size();
      int from = wrapped(slice.from().orElse(0), length);
      int to = slice.single() ? from + 1 : wrapped(slice.to().orElse(length), length);
      if (from == to) {
        continue;
      }
      if (from < 0 || from >= length) {
        throw failed("array index out of bounds: index " + from + ", length " + length);
      }
      if (to < 0 || to > length) {
        throw failed("array index out of bounds: index " + (to - 1) + ", length " + length);
      }
      int step = slice.step().orElse(1);
      if (from > to || step <= 0) {
        throw failed("the slice goes backwards");
      }
      for (int i = from; i < to; i += step) {
        found.add(list.get(i));
      }
    }
    return found;
  }

  private static int wrapped(int index, int length) {
    return index < 0 ? index + length : index;
  }

  private List<@Nullable Object> filter(List<@Nullable Object> input, JsonPathNode.Filter filter) {
    var found = new ArrayList<@Nullable Object>();
    for (Object value : input) {
      if (!(value instanceof List<?> list)) {
        throw failed("something that is not a list cannot be filtered");
      }
      for (Object member : list) {
        if (passes(member, filter)) {
          found.add(member);
        }
      }
    }
    return found;
  }

  private boolean passes(@Nullable Object member, JsonPathNode.Filter filter) {
    List<@Nullable Object> left = walk(listOf(member), filter.left());
    if (filter.operator().equals("exists") || left.isEmpty()) {
      return !left.isEmpty();
    }
    List<@Nullable Object> right = walk(listOf(member), filter.right());
    if (right.isEmpty()) {
      return false;
    }
    if (left.size() > 1 || right.size() > 1) {
      throw failed("can only compare one element at a time");
    }
    return compare(left.getFirst(), filter.operator(), right.getFirst());
  }

  private boolean compare(@Nullable Object left, String operator, @Nullable Object right) {
    return switch (operator) {
      case "==" -> same(left, right);
      case "!=" -> !same(left, right);
      case "<" -> order(left, right) < 0;
      case "<=" -> order(left, right) <= 0;
      case ">" -> order(left, right) > 0;
      case ">=" -> order(left, right) >= 0;
      default -> throw failed("unrecognized filter operator " + operator);
    };
  }

  private static boolean same(@Nullable Object left, @Nullable Object right) {
    return left instanceof Number a && right instanceof Number b
        ? Double.compare(a.doubleValue(), b.doubleValue()) == 0
        : Objects.equals(left, right);
  }

  private int order(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Number a && right instanceof Number b) {
      return Double.compare(a.doubleValue(), b.doubleValue());
    }
    if (left instanceof String a && right instanceof String b) {
      return a.compareTo(b);
    }
    throw failed("incompatible types for comparison");
  }

  private CertificatesFailure failed(String what) {
    return new CertificatesFailure(
        "error executing jsonpath \"" + template + "\": " + what, "correct the template");
  }
}
