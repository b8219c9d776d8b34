package dev.ballast.loadbalancer.allocation;

/**
 * What a person is to be told about a service, in the words of the original's events.
 *
 * @param warning whether something is wrong
 */
public record Notice(boolean warning, String reason, String message) {
  public static Notice normal(String reason, String message) {
    return new Notice(false, reason, message);
  }

  public static Notice warning(String reason, String message) {
    return new Notice(true, reason, message);
  }
}
