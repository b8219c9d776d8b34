package dev.ballast.objects;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Status conditions, of which each has one writer; pure. */
public final class Conditions {
  private Conditions() {}

  /**
   * Returns a condition as a status has it.
   *
   * @param type {@code Ready}, {@code ballast.dev/Valid}
   * @param reason one word in CamelCase
   */
  public static Map<String, Object> condition(
      String type, boolean holds, String reason, String message) {
    Map<String, Object> condition = new LinkedHashMap<>();
    condition.put("type", type);
    condition.put("status", holds ? "True" : "False");
    condition.put("reason", reason);
    condition.put("message", message);
    return condition;
  }

  /**
   * Returns the stored conditions with ours in the place of those of their types. Those of others
   * stay; one of ours that keeps its status keeps its {@code lastTransitionTime}.
   */
  static List<Map<String, @Nullable Object>> merged(
      List<?> ours, @Nullable Object stored, Instant now) {
    Map<Object, Map<String, @Nullable Object>> byType = new LinkedHashMap<>();
    if (stored instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> condition && condition.get("type") != null) {
          byType.put(String.valueOf(condition.get("type")), copy(condition));
        }
      }
    }
    for (Object each : ours) {
      if (each instanceof Map<?, ?> condition) {
        Map<String, @Nullable Object> next = copy(condition);
        Object type = String.valueOf(condition.get("type"));
        Map<String, @Nullable Object> before = byType.getOrDefault(type, Map.of());
        boolean kept =
            before.get("lastTransitionTime") != null
                && String.valueOf(before.get("status")).equals(String.valueOf(next.get("status")));
        if (kept) {
          next.put("lastTransitionTime", before.get("lastTransitionTime"));
        } else {
          next.putIfAbsent("lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
        }
        byType.put(type, next);
      }
    }
    return new ArrayList<>(byType.values());
  }

  private static Map<String, @Nullable Object> copy(Map<?, ?> map) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }
}
