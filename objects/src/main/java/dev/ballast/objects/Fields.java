package dev.ballast.objects;

import dev.ballast.yaml.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one mapping in a manifest, taken one by one; what nobody took is unknown. A value
 * of a wrong type is reported with its place and read as absent.
 */
public final class Fields {
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Node> keys = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();
  private final List<Fields> children = new ArrayList<>();
  private final String path;
  private final Problems problems;
  private final Node node;
  private boolean others;

  Fields(Node.Mapping node, String path, Problems problems) {
    this.node = node;
    this.path = path;
    this.problems = problems;
    for (Node.Entry entry : node.merged()) {
      if (!(entry.key() instanceof Node.Scalar key)) {
        problems.error(entry.key(), path, "a field's name is expected", "");
        continue;
      }
      if (values.put(key.value(), entry.value()) != null) {
        problems.error(key, path(key.value()), "the field is written twice", "keep one of them");
      }
      keys.put(key.value(), key);
    }
  }

  Node node() {
    return node;
  }

  Problems problems() {
    return problems;
  }

  String path(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  /** Reports that a field is missing. */
  public void missing(String field, String remedy) {
    problems.error(node, path(field), "is missing", remedy);
  }

  /** Reports that a field is wrong: the object is not used. */
  public void error(String field, String message, String remedy) {
    problems.error(at(field), path(field), message, remedy);
  }

  /** Reports what a person should know about a field; the object is used. */
  public void warning(String field, String message, String remedy) {
    problems.warning(at(field), path(field), message, remedy);
  }

  /** Returns the names of the fields that are written. */
  public List<String> names() {
    return List.copyOf(values.keySet());
  }

  /** The place of a field, or of the mapping when it is absent. */
  Node at(String field) {
    Node value = values.get(field);
    return value == null ? node : value;
  }

  public boolean has(String field) {
    known.add(field);
    Node value = values.get(field);
    return value != null && !isNull(value);
  }

  /** Fields that are right in a manifest but do not matter here. */
  public Fields ignore(String... names) {
    known.addAll(List.of(names));
    return this;
  }

  /** Fields below here that nobody takes are right: the kind has more than matter here. */
  public Fields ignoreOthers() {
    others = true;
    return this;
  }

  public Optional<String> text(String field) {
    return scalar(field, "text", value -> value);
  }

  public String text(String field, String otherwise) {
    return text(field).orElse(otherwise);
  }

  public String needed(String field) {
    Optional<String> value = text(field);
    if (value.isEmpty() || value.get().isEmpty()) {
      problems.error(node, path(field), "is missing", "write it");
      return "";
    }
    return value.get();
  }

  /** One of some words. */
  public String word(String field, String otherwise, String... allowed) {
    String value = text(field, otherwise);
    if (!List.of(allowed).contains(value)) {
      problems.error(
          at(field), path(field), "'" + value + "' is not one of " + List.of(allowed), "");
      return otherwise;
    }
    return value;
  }

  public Optional<Boolean> bool(String field) {
    return scalar(
        field,
        "true or false",
        value ->
            switch (value) {
              case "true", "True", "TRUE" -> true;
              case "false", "False", "FALSE" -> false;
              default -> null;
            });
  }

  public long number(String field, long otherwise, long least, long most) {
    Optional<Long> value =
        scalar(
            field,
            "a whole number from " + least + " to " + most,
            text -> {
              try {
                long number = Long.parseLong(text);
                return number < least || number > most ? null : number;
              } catch (NumberFormatException _) {
                return null;
              }
            });
    return value.orElse(otherwise);
  }

  public List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    int index = 0;
    for (Node item : items(field)) {
      String at = path(field) + "[" + index++ + "]";
      if (item instanceof Node.Scalar scalar && !isNull(item)) {
        texts.add(scalar.value());
      } else {
        problems.error(item, at, "text is expected, found " + what(item), "");
      }
    }
    return texts;
  }

  public Map<String, String> map(String field) {
    Map<String, String> map = new LinkedHashMap<>();
    object(field)
        .ifPresent(object -> {
          for (String key : object.values.keySet()) {
            object.text(key).ifPresent(value -> map.put(key, value));
          }
        });
    return map;
  }

  public Optional<Fields> object(String field) {
    if (!has(field)) {
      return Optional.empty();
    }
    Node value = values.get(field);
    if (value instanceof Node.Mapping mapping) {
      return Optional.of(child(new Fields(mapping, path(field), problems)));
    }
    problems.error(value, path(field), "fields are expected, found " + what(value), "");
    return Optional.empty();
  }

  public <T> List<T> objects(String field, Function<Fields, T> decode) {
    List<T> objects = new ArrayList<>();
    int index = 0;
    for (Node item : items(field)) {
      String at = path(field) + "[" + index++ + "]";
      if (item instanceof Node.Mapping mapping) {
        Fields fields = child(new Fields(mapping, at, problems));
        try {
          objects.add(decode.apply(fields));
        } catch (IllegalArgumentException e) {
          problems.error(item, at, String.valueOf(e.getMessage()), "");
        }
      } else {
        problems.error(item, at, "fields are expected, found " + what(item), "");
      }
    }
    return objects;
  }

  /** Reports the fields that nobody took, here and below. */
  void end() {
    for (String field : values.keySet()) {
      if (!others && !known.contains(field)) {
        problems.warning(
            keys.getOrDefault(field, node),
            path(field),
            "unknown field" + nearest(field),
            "it has no effect");
      }
    }
    children.forEach(Fields::end);
  }

  private String nearest(String field) {
    return known.stream()
        .filter(name -> name.equalsIgnoreCase(field) || oneEditApart(name, field))
        .findFirst()
        .map(name -> ", did you mean '" + name + "'?")
        .orElse("");
  }

  private static boolean oneEditApart(String one, String other) {
    int lengths = one.length() - other.length();
    if (Math.abs(lengths) > 1) {
      return false;
    }
    int same = 0;
    int shorter = Math.min(one.length(), other.length());
    while (same < shorter && one.charAt(same) == other.charAt(same)) {
      same++;
    }
    return one.substring(Math.min(one.length(), same + (lengths >= 0 ? 1 : 0)))
        .equals(other.substring(Math.min(other.length(), same + (lengths <= 0 ? 1 : 0))));
  }

  private Fields child(Fields fields) {
    children.add(fields);
    return fields;
  }

  private List<Node> items(String field) {
    if (!has(field)) {
      return List.of();
    }
    Node value = values.get(field);
    if (value instanceof Node.Sequence sequence) {
      return sequence.items();
    }
    problems.error(value, path(field), "a list is expected, found " + what(value), "");
    return List.of();
  }

  private <T> Optional<T> scalar(
      String field, String expected, Function<String, @Nullable T> read) {
    if (!has(field)) {
      return Optional.empty();
    }
    Node value = values.get(field);
    if (value instanceof Node.Scalar scalar) {
      T result = read.apply(scalar.value());
      if (result != null) {
        return Optional.of(result);
      }
    }
    problems.error(value, path(field), expected + " is expected, found " + what(value), "");
    return Optional.empty();
  }

  static boolean isNull(Node node) {
    return node instanceof Node.Scalar scalar && scalar.isNull();
  }

  private static String what(@Nullable Node node) {
    return switch (node) {
      case Node.Scalar scalar -> "'" + scalar.value() + "'";
      case Node.Sequence _ -> "a list";
      case Node.Mapping _ -> "fields";
      case null, default -> "nothing";
    };
  }
}
