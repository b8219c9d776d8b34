package dev.ballast.oci;

import java.util.Optional;
import java.util.regex.Pattern;

/** The name of a repository, by the grammar of the distribution specification. */
public record RepositoryName(String value) implements Comparable<RepositoryName> {
  /** Of the specification's advice, and of what fits into a path. */
  private static final int LONGEST = 255;

  private static final String COMPONENT = "[a-z0-9]++(?:(?:\\.|_|__|-++)[a-z0-9]++)*+";
  private static final Pattern GRAMMAR = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*+");

  public RepositoryName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not a name of a repository: " + value);
    }
  }

  private static boolean isValid(String text) {
    return text.length() <= LONGEST && GRAMMAR.matcher(text).matches();
  }

  /** Reads one; empty when the text is none. */
  public static Optional<RepositoryName> tryParse(String text) {
    return isValid(text) ? Optional.of(new RepositoryName(text)) : Optional.empty();
  }

  @Override
  public int compareTo(RepositoryName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
