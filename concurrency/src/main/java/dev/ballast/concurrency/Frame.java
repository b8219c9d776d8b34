package dev.ballast.concurrency;

import java.util.List;
import java.util.Optional;

/** One frame of a suspended task. */
public final class Frame {
  private final StackTraceElement at;
  private final List<Object> references;
  private final List<Object> monitors;
  private final String unavailable;

  private Frame(
      StackTraceElement at, List<Object> references, List<Object> monitors, String unavailable) {
    this.at = at;
    this.references = List.copyOf(references);
    this.monitors = List.copyOf(monitors);
    this.unavailable = unavailable;
  }

  /** One of which all is known. */
  static Frame of(StackTraceElement at, List<Object> references, List<Object> monitors) {
    return new Frame(at, references, monitors, "");
  }

  /** One of which nothing is known but where it is. */
  static Frame without(StackTraceElement at, String unavailable) {
    return new Frame(at, List.of(), List.of(), unavailable);
  }

  /** {@return class, method and line} */
  public StackTraceElement at() {
    return at;
  }

  /** {@return why nothing is known of what it holds, as {@code mounted}; empty if it is} */
  public Optional<String> unavailable() {
    return unavailable.isEmpty() ? Optional.empty() : Optional.of(unavailable);
  }

  /**
   * Objects that its locals and operands hold; in compiled code only those that it still needs.
   *
   * @return locals first
   * @throws IllegalStateException "unavailable: mounted", where that is not to be had
   */
  public List<Object> references() {
    requireKnown();
    return references;
  }

  /**
   * Objects whose monitor it owns, or is about to enter.
   *
   * @return without order
   * @throws IllegalStateException "unavailable: mounted", where that is not to be had
   */
  public List<Object> monitors() {
    requireKnown();
    return monitors;
  }

  private void requireKnown() {
    if (!unavailable.isEmpty()) {
      throw new IllegalStateException("unavailable: " + unavailable);
    }
  }

  @Override
  public String toString() {
    return at.toString();
  }
}
