package dev.ballast.bench.tasks;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a measuring process found, by name; printed for the report that started it. */
final class Figures {
  private static final String UNAVAILABLE = "unavailable: ";

  private final Map<String, String> values = new LinkedHashMap<>();

  /** Nanoseconds, unless the name says otherwise. */
  void add(String name, double value) {
    values.put(name, Double.isNaN(value) ? UNAVAILABLE + "not seen" : Double.toString(value));
  }

  void unavailable(String name, String reason) {
    values.put(name, UNAVAILABLE + reason.replace('\n', ' '));
  }

  void percentiles(String name, Latencies latencies) {
    add(name + ", p50", latencies.percentile(50));
    add(name + ", p99", latencies.percentile(99));
  }

  void print() {
    values.forEach((name, value) -> System.out.println(name + "\t" + value));
  }
}
