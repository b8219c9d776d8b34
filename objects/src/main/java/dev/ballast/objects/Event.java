package dev.ballast.objects;

import java.time.Instant;

/**
 * Something that happened to an object, as Kubernetes tells it. Equal ones are counted, not
 * repeated.
 *
 * @param reason one word in CamelCase, the original's where it has one
 * @param source who says it: {@code metallb-controller}
 * @param count how often, 1 for a new one
 */
public record Event(
    Type type,
    ObjectKey about,
    String reason,
    String message,
    String source,
    Instant first,
    Instant last,
    int count) {
  /** Kubernetes knows these two. */
  public enum Type {
    NORMAL,
    WARNING
  }

  /** One that happened now. */
  public static Event of(
      Type type, ObjectKey about, String reason, String message, String source, Instant now) {
    return new Event(type, about, reason, message, source, now, now, 1);
  }
}
