package dev.ballast.mesh.model;

import dev.ballast.objects.ObjectKey;

/**
 * Something that the owner of an object should know: the object takes effect otherwise than it is
 * written.
 *
 * @param reason in one word, as a condition has it: {@code Conflicted}
 * @param message a sentence, with the object that counts instead
 */
public record Finding(ObjectKey object, String type, String reason, String message)
    implements Comparable<Finding> {
  @Override
  public int compareTo(Finding other) {
    int order = object.compareTo(other.object);
    order = order == 0 ? type.compareTo(other.type) : order;
    order = order == 0 ? reason.compareTo(other.reason) : order;
    return order == 0 ? message.compareTo(other.message) : order;
  }
}
