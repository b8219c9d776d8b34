package dev.ballast.oci;

import java.util.Optional;
import java.util.regex.Pattern;

/** A name that a repository gives a manifest, and may give another later. */
public record Tag(String value) {
  private static final Pattern GRAMMAR = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

  public Tag {
    if (!GRAMMAR.matcher(value).matches()) {
      throw new IllegalArgumentException("not a tag: " + value);
    }
  }

  /** Reads one; empty when the text is none. */
  public static Optional<Tag> tryParse(String text) {
    return GRAMMAR.matcher(text).matches() ? Optional.of(new Tag(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return value;
  }
}
