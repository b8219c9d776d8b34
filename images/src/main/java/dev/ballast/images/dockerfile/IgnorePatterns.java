package dev.ballast.images.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The patterns of a {@code .dockerignore} file; the last that matches a path or a parent decides.
 */
public final class IgnorePatterns {
  private record Rule(Pattern pattern, boolean keeps) {}

  private final List<Rule> rules = new ArrayList<>();

  private IgnorePatterns() {}

  /** Reads a file's text. */
  public static IgnorePatterns parse(String text) {
    return of(
        (text.startsWith("\uFEFF") ? text.substring(1) : text)
            .lines()
            .filter(line -> !line.startsWith("#"))
            .toList());
  }

  /** Of patterns as they stand in the file. */
  public static IgnorePatterns of(List<String> patterns) {
    IgnorePatterns found = new IgnorePatterns();
    for (String each : patterns) {
      String pattern = each.strip();
      if (pattern.isEmpty()) {
        continue;
      }
      boolean keeps = pattern.startsWith("!");
      if (keeps) {
        pattern = pattern.substring(1).strip();
        if (pattern.isEmpty()) {
          throw new IllegalArgumentException("illegal exclusion pattern: \"!\"");
        }
      }
      found.rules.add(new Rule(Pattern.compile(regex(clean(pattern))), keeps));
    }
    return found;
  }

  /** Returns whether a path, relative and with slashes, is left out. */
  public boolean excludes(String path) {
    boolean excluded = false;
    for (Rule rule : rules) {
      if (rule.keeps() != excluded) {
        continue;
      }
      for (String at = path; !at.isEmpty(); at = parent(at)) {
        if (rule.pattern().matcher(at).matches()) {
          excluded = !rule.keeps();
          break;
        }
      }
    }
    return excluded;
  }

  /** Returns whether something below an excluded directory may be kept. */
  public boolean hasExceptions() {
    return rules.stream().anyMatch(Rule::keeps);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static String clean(String pattern) {
    List<String> parts = new ArrayList<>();
    for (String part : pattern.split("/")) {
      if (part.equals("..") && !parts.isEmpty()) {
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /** Returns the regular expression of a Go file pattern with {@code **}. */
  public static String regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*' -> {
          if (i + 1 < pattern.length() && pattern.charAt(i + 1) == '*') {
            i++;
            if (i + 1 < pattern.length() && pattern.charAt(i + 1) == '/') {
              i++;
              regex.append("(.*/)?");
            } else {
              regex.append(".*");
            }
          } else {
            regex.append("[^/]*");
          }
        }
        case '?' -> regex.append("[^/]");
        case '[' -> {
          int end = pattern.indexOf(']', i + 1);
          if (end < 0) {
            throw new IllegalArgumentException("syntax error in pattern: " + pattern);
          }
          String inside = pattern.substring(i + 1, end).replace("\\", "\\\\").replace("&&", "&\\&");
          regex.append('[').append(inside).append(']');
          i = end;
        }
        case '\\' -> {
          if (++i >= pattern.length()) {
            throw new IllegalArgumentException("syntax error in pattern: " + pattern);
          }
          regex.append(Pattern.quote(Character.toString(pattern.charAt(i))));
        }
        default -> regex.append(Pattern.quote(Character.toString(c)));
      }
    }
    return regex.toString();
  }
}
