package dev.ballast.objects;

import java.util.Optional;

/** What became of a write. */
public sealed interface WriteResult {
  /**
   * The store has it, or had it already.
   *
   * @param object as it is stored now; empty where the store does not say
   */
  record Written(Optional<Manifest> object) implements WriteResult {
    /** A write of which no more is known. */
    static final Written DONE = new Written(Optional.empty());

    static Written as(Manifest object) {
      return new Written(Optional.of(object));
    }
  }

  /** Another writer was faster, has the name, or owns a field; read again, then decide anew. */
  record Conflict(String reason) implements WriteResult {}

  /** The object is not there. */
  record Gone(String reason) implements WriteResult {}

  /** The store does not accept it: invalid, or not allowed. The same again is refused again. */
  record Refused(String reason) implements WriteResult {}

  /** The store did not answer, or could not write; the same again may succeed. */
  record Unreachable(String reason) implements WriteResult {}

  /** Returns whether the store has it. */
  default boolean isWritten() {
    return this instanceof Written;
  }

  /** Returns why it was not written; empty when it was. */
  default String why() {
    return switch (this) {
      case Written _ -> "";
      case Conflict(String reason) -> reason;
      case Gone(String reason) -> reason;
      case Refused(String reason) -> reason;
      case Unreachable(String reason) -> reason;
    };
  }

  /**
   * Returns the object as it is stored now.
   *
   * @throws IllegalStateException when it was not written, or the store does not say
   */
  default Manifest orThrow() {
    if (this instanceof Written(Optional<Manifest> object) && object.isPresent()) {
      return object.get();
    }
    throw new IllegalStateException(why());
  }
}
