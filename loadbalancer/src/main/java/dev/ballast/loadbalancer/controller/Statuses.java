package dev.ballast.loadbalancer.controller;

import java.util.LinkedHashMap;
import java.util.Map;

/** Parts of statuses, in the form of a manifest. */
final class Statuses {
  private Statuses() {}

  /** A condition. Without a time: a status that says the same is the same. */
  static Map<String, Object> condition(String type, boolean holds, String reason, String message) {
    Map<String, Object> condition = new LinkedHashMap<>();
    condition.put("type", type);
    condition.put("status", holds ? "True" : "False");
    condition.put("reason", reason);
    condition.put("message", message);
    return condition;
  }
}
