package dev.ballast.concurrency;

import java.util.List;

/**
 * One frame of a suspended, unmounted task.
 *
 * @param at class, method and line
 * @param references objects that its locals and operands hold; in compiled code only live ones
 * @param monitors objects whose monitor it owns
 */
public record Frame(StackTraceElement at, List<Object> references, List<Object> monitors) {
  public Frame {
    references = List.copyOf(references);
    monitors = List.copyOf(monitors);
  }
}
