package dev.ballast.linux.namespace;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which namespace: two threads are in the same one when their ids are equal.
 *
 * @param inode on the kernel's own file system of namespaces; may be given out anew once the
 *     namespace is gone
 */
public record NamespaceId(NamespaceKind kind, long inode) {
  private static final Pattern LINK = Pattern.compile("[a-z_]+:\\[(\\d+)]");

  /** From the text of a link under {@code /proc/PID/ns}: {@code net:[4026531840]}. */
  public static NamespaceId parse(NamespaceKind kind, String link) {
    Matcher matcher = LINK.matcher(link);
    if (!matcher.matches() || !link.startsWith(kind.file() + ":")) {
      throw new IllegalArgumentException("not a " + kind + " namespace: " + link);
    }
    return new NamespaceId(kind, Long.parseUnsignedLong(matcher.group(1)));
  }

  @Override
  public String toString() {
    return kind.file() + ":[" + inode + "]";
  }
}
