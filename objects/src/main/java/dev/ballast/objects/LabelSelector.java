package dev.ballast.objects;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Which labels are meant: every pair of {@code matchLabels} and every one of {@code
 * matchExpressions} has to hold. A selector without either matches everything.
 */
public record LabelSelector(Map<String, String> matchLabels, List<Requirement> matchExpressions) {

  public LabelSelector {
    matchLabels = Map.copyOf(matchLabels);
    matchExpressions = List.copyOf(matchExpressions);
  }

  /** How a requirement compares, by the names of the Kubernetes API. */
  public enum Operator {
    IN("In"),
    NOT_IN("NotIn"),
    EXISTS("Exists"),
    DOES_NOT_EXIST("DoesNotExist");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    /** The name on the wire. */
    public String text() {
      return text;
    }
  }

  /**
   * One condition on one label.
   *
   * @param values at least one for {@code In} and {@code NotIn}, none for the others
   */
  public record Requirement(String key, Operator operator, List<String> values) {
    public Requirement {
      values = List.copyOf(values);
      boolean wantsValues =
          switch (operator) {
            case IN, NOT_IN -> true;
            case EXISTS, DOES_NOT_EXIST -> false;
          };
      if (key.isEmpty()) {
        throw new IllegalArgumentException("key is empty");
      }
      if (wantsValues == values.isEmpty()) {
        throw new IllegalArgumentException(
            "operator "
                + operator.text()
                + (wantsValues ? " needs at least one value" : " takes no values")
                + ": key="
                + key
                + " values="
                + values);
      }
    }

    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        // As in Kubernetes: a label that is not there is not in the list either.
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
      };
    }
  }

  /** Whether these labels are meant. */
  public boolean matches(Map<String, String> labels) {
    return matchLabels.entrySet().stream()
            .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())))
        && matchExpressions.stream().allMatch(requirement -> requirement.matches(labels));
  }

  /** Reads a selector. */
  public static LabelSelector read(Fields fields) {
    return new LabelSelector(
        fields.map("matchLabels"),
        fields.objects(
            "matchExpressions",
            expression -> {
              String operator =
                  expression.word("operator", "In", "In", "NotIn", "Exists", "DoesNotExist");
              return new Requirement(
                  expression.needed("key"),
                  Arrays.stream(Operator.values())
                      .filter(each -> each.text().equals(operator))
                      .findFirst()
                      .orElse(Operator.IN),
                  expression.texts("values"));
            }));
  }
}
