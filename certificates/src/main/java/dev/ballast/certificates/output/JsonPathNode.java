package dev.ballast.certificates.output;

import java.util.List;
import java.util.OptionalInt;

/** What a jsonpath template is made of. */
sealed interface JsonPathNode {
  /** Steps one after the other: what stands between braces. */
  record Steps(List<JsonPathNode> steps) implements JsonPathNode {
    public Steps {
      steps = List.copyOf(steps);
    }
  }

  /** Text that is printed as it is. */
  record Text(String text) implements JsonPathNode {}

  /** A number or a truth value in a comparison. */
  record Literal(Object value) implements JsonPathNode {}

  /** {@code .name}. */
  record Field(String name) implements JsonPathNode {}

  /** {@code .*}. */
  record Wildcard() implements JsonPathNode {}

  /** {@code ..}. */
  record Recursive() implements JsonPathNode {}

  /**
   * {@code [from:to:step]}.
   *
   * @param single whether one element was asked for by its number
   */
  record Slice(OptionalInt from, OptionalInt to, OptionalInt step, boolean single)
      implements JsonPathNode {}

  /** {@code [a,b]}. */
  record Union(List<Steps> members) implements JsonPathNode {
    public Union {
      members = List.copyOf(members);
    }
  }

  /** {@code [?(left operator right)]}; the operator {@code exists} has no right side. */
  record Filter(Steps left, String operator, Steps right) implements JsonPathNode {}

  /** {@code range}. */
  record Range() implements JsonPathNode {}

  /** {@code end}. */
  record End() implements JsonPathNode {}
}
