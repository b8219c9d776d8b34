package dev.ballast.objects;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads what statuses of several kinds have in common. */
final class Statuses {
  private Statuses() {}

  /** Returns the status of each condition by its type. */
  static Map<String, String> conditions(Fields status) {
    Map<String, String> conditions = new LinkedHashMap<>();
    status.objects(
        "conditions",
        condition -> {
          condition.ignoreOthers();
          return conditions.put(condition.text("type", ""), condition.text("status", "Unknown"));
        });
    return conditions;
  }
}
