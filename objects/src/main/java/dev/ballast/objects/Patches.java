package dev.ballast.objects;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** JSON merge patches (RFC 7396): maps are merged, null removes, everything else replaces. */
public final class Patches {
  private Patches() {}

  /** Returns a value with a patch. */
  public static Map<String, @Nullable Object> merge(Map<String, ?> value, Map<String, ?> patch) {
    Map<String, @Nullable Object> merged = new LinkedHashMap<>(value);
    patch.forEach((field, wanted) -> {
      if (wanted == null) {
        merged.remove(field);
      } else if (wanted instanceof Map<?, ?> inner) {
        Object before = merged.get(field);
        merged.put(
            field, merge(before instanceof Map<?, ?> map ? text(map) : Map.of(), text(inner)));
      } else {
        merged.put(field, wanted);
      }
    });
    return merged;
  }

  /** Returns whether a value has all that a patch wants. */
  public static boolean contains(Map<String, ?> value, Map<String, ?> patch) {
    return Objects.equals(normal(merge(value, patch)), normal(value));
  }

  /** Returns a value as a parser would read it: whole numbers have the smallest type. */
  private static @Nullable Object asParsed(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        map.forEach((key, each) -> all.put(String.valueOf(key), asParsed(each)));
        yield all;
      }
      case List<?> list -> {
        List<@Nullable Object> all = new ArrayList<>();
        list.forEach(each -> all.add(asParsed(each)));
        yield all;
      }
      case Long number when number == number.intValue() -> number.intValue();
      case null, default -> value;
    };
  }

  /** Returns a value with whole numbers of one type: a parser chooses the smallest. */
  static @Nullable Object normal(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<Object, @Nullable Object> all = new LinkedHashMap<>();
        map.forEach((key, each) -> all.put(key, normal(each)));
        yield all;
      }
      case List<?> list -> list.stream().map(each -> Optional.ofNullable(normal(each))).toList();
      case Integer number -> number.longValue();
      case null, default -> value;
    };
  }

  /** Returns the patch that makes our fields and conditions of a stored status what we want. */
  public static Map<String, @Nullable Object> status(
      Map<String, ?> stored, Map<String, ?> wanted, Instant now) {
    Map<String, @Nullable Object> patch = new LinkedHashMap<>();
    wanted.forEach((field, value) -> patch.put(field, asParsed(value)));
    if (wanted.get("conditions") instanceof List<?> ours) {
      patch.put("conditions", Conditions.merged(ours, stored.get("conditions"), now));
    }
    return patch;
  }

  /** Returns a patched value as it is: a patch leaves no nulls behind. */
  static Map<String, Object> present(Map<String, @Nullable Object> merged) {
    Map<String, Object> present = new LinkedHashMap<>();
    merged.forEach((field, value) -> {
      if (value != null) {
        present.put(field, value);
      }
    });
    return present;
  }

  @SuppressWarnings("unchecked") // what is read from YAML or JSON has text keys
  static Map<String, @Nullable Object> text(Map<?, ?> map) {
    return (Map<String, @Nullable Object>) Objects.requireNonNull(map);
  }
}
