package dev.ballast.loadbalancer.labels;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A label selector: every label and every requirement must hold; an empty one matches all. */
public record Selector(Map<String, String> labels, List<Requirement> requirements) {
  /** What matches everything. */
  public static final Selector EVERYTHING = new Selector(Map.of(), List.of());

  public Selector {
    labels = Map.copyOf(labels);
    requirements = List.copyOf(requirements);
  }

  /** How a requirement compares. */
  public enum Operator {
    IN("in"),
    NOT_IN("notin"),
    EXISTS("exists"),
    DOES_NOT_EXIST("does not exist");

    private final String text;

    Operator(String text) {
      this.text = text;
    }
  }

  /** One entry of {@code matchExpressions}. */
  public record Requirement(String key, Operator operator, List<String> values) {
    public Requirement {
      values = List.copyOf(values);
    }

    boolean matches(Map<String, String> of) {
      String value = of.get(key);
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        // As in Kubernetes: what does not have the label is not in the set.
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
      };
    }

    @Override
    public String toString() {
      return switch (operator) {
        case IN, NOT_IN -> key + " " + operator.text + " (" + String.join(",", values) + ")";
        case EXISTS -> key;
        case DOES_NOT_EXIST -> "!" + key;
      };
    }
  }

  /** What matches exactly these labels. */
  public static Selector of(Map<String, String> labels) {
    return new Selector(labels, List.of());
  }

  public boolean matches(Map<String, String> of) {
    return labels.entrySet().stream().allMatch(l -> l.getValue().equals(of.get(l.getKey())))
        && requirements.stream().allMatch(requirement -> requirement.matches(of));
  }

  /** Whether one of them matches; none of none. */
  public static boolean any(List<Selector> selectors, Map<String, String> of) {
    return selectors.stream().anyMatch(selector -> selector.matches(of));
  }

  /** As {@code kubectl --selector} takes it. */
  @Override
  public String toString() {
    String text =
        Stream.concat(
                labels.entrySet().stream().sorted(Map.Entry.comparingByKey()).map(Object::toString),
                requirements.stream().map(Object::toString))
            .collect(Collectors.joining(","));
    return text.isEmpty() ? "everything" : text;
  }
}
