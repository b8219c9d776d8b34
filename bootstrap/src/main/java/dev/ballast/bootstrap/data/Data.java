package dev.ballast.bootstrap.data;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.yaml.Document;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Values as YAML and JSON have them: maps, lists, strings, numbers, booleans and {@link Null}. */
public final class Data {
  private static final Pattern WHOLE = Pattern.compile("[-+]?(0|[1-9][0-9]{0,17})");
  private static final Pattern REAL = Pattern.compile("[-+]?[0-9]+\\.[0-9]*([eE][-+]?[0-9]+)?");

  private Data() {}

  /** Makes a map of keys and values in turn. */
  public static Map<String, Object> map(Object... pairs) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  /** Returns the documents of a text, with what a person wrote as strings, numbers or booleans. */
  public static List<Map<String, Object>> parseAll(String source, String text) {
    return Yaml.parse(source, text).stream()
        .filter(document -> document.root() instanceof Node.Mapping)
        .map(Document::mapping)
        .map(Data::object)
        .toList();
  }

  /** Returns the only document of a text, of YAML or JSON. */
  public static Map<String, Object> parse(String source, String text) {
    var all = parseAll(source, text);
    if (all.size() != 1) {
      throw new BootstrapFailure(
          source + " holds " + all.size() + " objects where one is expected", "correct it");
    }
    return all.getFirst();
  }

  /** Returns the documents of a resource beside a class. */
  public static List<Map<String, Object>> resource(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return parseAll(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the value of a parsed node. */
  public static Object of(Node node) {
    return switch (node) {
      case Node.Mapping mapping -> object(mapping);
      case Node.Sequence sequence ->
          new ArrayList<>(sequence.items().stream().map(Data::of).toList());
      case Node.Scalar scalar -> scalar(scalar);
    };
  }

  /** Returns the map of a parsed mapping; the last of equal keys counts. */
  public static Map<String, Object> object(Node.Mapping mapping) {
    var map = new LinkedHashMap<String, Object>();
    for (var entry : mapping.entries()) {
      if (entry.key() instanceof Node.Scalar key) {
        map.put(key.value(), of(entry.value()));
      }
    }
    return map;
  }

  private static Object scalar(Node.Scalar scalar) {
    String value = scalar.value();
    if (scalar.style() != Node.Style.PLAIN) {
      return value;
    }
    if (scalar.isNull()) {
      return Null.NULL;
    }
    return switch (value) {
      case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON" -> true;
      case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF" -> false;
      default ->
          WHOLE.matcher(value).matches()
              ? (Object) Long.valueOf(value)
              : REAL.matcher(value).matches() ? (Object) Double.valueOf(value) : value;
    };
  }

  /** Returns a copy that shares nothing, with every string replaced. */
  public static Map<String, Object> copy(Map<String, ?> map, UnaryOperator<String> strings) {
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> copy.put(key, copied(value, strings)));
    return copy;
  }

  public static Map<String, Object> copy(Map<String, ?> map) {
    return copy(map, UnaryOperator.identity());
  }

  private static Object copied(Object value, UnaryOperator<String> strings) {
    return switch (value) {
      case Map<?, ?> map -> copy(typed(map), strings);
      case List<?> list -> {
        var copy = new ArrayList<Object>();
        list.forEach(member -> copy.add(copied(member, strings)));
        yield copy;
      }
      case String text -> strings.apply(text);
      default -> value;
    };
  }

  private static Map<String, Object> typed(Map<?, ?> map) {
    var typed = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> typed.put(String.valueOf(key), value));
    return typed;
  }

  /** Returns a base with what lies over it: maps are merged, everything else is replaced. */
  public static Map<String, Object> merge(Map<String, ?> base, Map<String, ?> over) {
    Map<String, Object> merged = copy(base);
    over.forEach((key, value) -> {
      Object below = merged.get(key);
      if (value instanceof Map<?, ?> map && below instanceof Map<?, ?> old) {
        merged.put(key, merge(typed(old), typed(map)));
      } else if (!(value == Null.NULL && below != null)) {
        merged.put(key, copied(value, UnaryOperator.identity()));
      }
    });
    return merged;
  }

  /** Returns what lies at a path, unless there is nothing or null. */
  public static Optional<Object> at(Map<String, ?> map, String... path) {
    Object value = map;
    for (String key : path) {
      if (!(value instanceof Map<?, ?> inner)) {
        return Optional.empty();
      }
      Object next = inner.get(key);
      if (next == null || next == Null.NULL) {
        return Optional.empty();
      }
      value = next;
    }
    return Optional.of(value);
  }

  /** Returns the text at a path; empty when there is none. */
  public static String text(Map<String, ?> map, String... path) {
    return at(map, path).map(String::valueOf).orElse("");
  }

  public static boolean isTrue(Map<String, ?> map, String... path) {
    return at(map, path).filter(Boolean.TRUE::equals).isPresent();
  }

  /** Returns the map at a path; an empty one when there is none. */
  public static Map<String, Object> mapAt(Map<String, ?> map, String... path) {
    return at(map, path)
        .filter(Map.class::isInstance)
        .map(found -> typed((Map<?, ?>) found))
        .orElseGet(LinkedHashMap::new);
  }

  /** Returns the members of the list at a path. */
  public static List<Object> listAt(Map<String, ?> map, String... path) {
    return at(map, path)
        .filter(List.class::isInstance)
        .<List<Object>>map(found -> new ArrayList<>((List<?>) found))
        .orElseGet(List::of);
  }

  /** Returns the maps in the list at a path. */
  public static List<Map<String, Object>> mapsAt(Map<String, ?> map, String... path) {
    return listAt(map, path).stream()
        .filter(Map.class::isInstance)
        .map(member -> typed((Map<?, ?>) member))
        .toList();
  }

  public static List<String> textsAt(Map<String, ?> map, String... path) {
    return listAt(map, path).stream().map(String::valueOf).toList();
  }

  /** Sets a value at a path; maps on the way are made. */
  @SuppressWarnings("unchecked")
  public static void put(Map<String, Object> map, Object value, String... path) {
    Map<String, Object> at = map;
    for (int i = 0; i < path.length - 1; i++) {
      Object inner = at.get(path[i]);
      if (!(inner instanceof Map<?, ?>)) {
        inner = new LinkedHashMap<String, Object>();
        at.put(path[i], inner);
      }
      at = (Map<String, Object>) inner;
    }
    at.put(path[path.length - 1], value);
  }

  /** Sets a value at a path unless something is there. */
  public static void putIfAbsent(Map<String, Object> map, Object value, String... path) {
    if (at(map, path).isEmpty()) {
      put(map, value, path);
    }
  }
}
