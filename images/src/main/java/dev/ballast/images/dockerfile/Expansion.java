package dev.ballast.images.dockerfile;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Expands variables in one word, with the shell's quotes and modifiers.
 *
 * <p>Not for use by several threads.
 */
public final class Expansion {
  private final String text;
  private final char escape;
  private final Map<String, String> variables;
  private final Set<String> undefined = new TreeSet<>();
  private int at;

  private Expansion(String text, char escape, Map<String, String> variables) {
    this.text = text;
    this.escape = escape;
    this.variables = variables;
  }

  /**
   * Returns the word with variables expanded and quotes removed.
   *
   * @throws IllegalArgumentException in BuildKit's words when the word is malformed
   */
  public static String expand(String word, char escape, Map<String, String> variables) {
    return new Expansion(word, escape, variables).until((char) 0);
  }

  /** Returns the variables of a word that are not defined and have no default. */
  public static Set<String> undefined(String word, char escape, Map<String, String> variables) {
    Expansion expansion = new Expansion(word, escape, variables);
    String _ = expansion.until((char) 0);
    return expansion.undefined;
  }

  /** Expands the text of a here-document: quotes mean nothing there. */
  public static String expandText(String text, char escape, Map<String, String> variables) {
    Expansion expansion = new Expansion(text, escape, variables);
    StringBuilder out = new StringBuilder();
    while (expansion.at < text.length()) {
      char c = text.charAt(expansion.at);
      if (c == '$') {
        out.append(expansion.dollar());
      } else if (c == escape
          && expansion.at + 1 < text.length()
          && (text.charAt(expansion.at + 1) == '$' || text.charAt(expansion.at + 1) == escape)) {
        out.append(text.charAt(expansion.at + 1));
        expansion.at += 2;
      } else {
        out.append(c);
        expansion.at++;
      }
    }
    return out.toString();
  }

  private String until(char stop) {
    StringBuilder out = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at);
      if (stop != 0 && c == stop) {
        at++;
        return out.toString();
      }
      if (c == '\'') {
        out.append(single());
      } else if (c == '"') {
        out.append(doubled());
      } else if (c == '$') {
        out.append(dollar());
      } else if (c == escape) {
        at++;
        if (at < text.length()) {
          out.append(text.charAt(at++));
        }
      } else {
        out.append(c);
        at++;
      }
    }
    if (stop != 0) {
      throw new IllegalArgumentException(
          "unexpected end of statement while looking for matching " + stop);
    }
    return out.toString();
  }

  private String single() {
    int end = text.indexOf('\'', at + 1);
    if (end < 0) {
      throw new IllegalArgumentException(
          "unexpected end of statement while looking for matching single-quote");
    }
    String inside = text.substring(at + 1, end);
    at = end + 1;
    return inside;
  }

  private String doubled() {
    StringBuilder out = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return out.toString();
      }
      if (c == '$') {
        out.append(dollar());
      } else if (c == escape && at + 1 < text.length()) {
        char next = text.charAt(at + 1);
        if (next != '"' && next != '$' && next != escape) {
          out.append(c);
        }
        out.append(next);
        at += 2;
      } else {
        out.append(c);
        at++;
      }
    }
    throw new IllegalArgumentException(
        "unexpected end of statement while looking for matching double-quote");
  }

  private String dollar() {
    at++;
    if (at < text.length() && text.charAt(at) == '{') {
      at++;
      return braces();
    }
    String name = name();
    return name.isEmpty() ? "$" : value(name);
  }

  private String value(String name) {
    String value = variables.get(name);
    if (value == null) {
      undefined.add(name);
      return "";
    }
    return value;
  }

  private String name() {
    int start = at;
    if (at < text.length() && "@*#?-$!0123456789".indexOf(text.charAt(at)) >= 0) {
      boolean digit = Character.isDigit(text.charAt(at));
      at++;
      while (digit && at < text.length() && Character.isDigit(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    return text.substring(start, at);
  }

  private String braces() {
    if (at >= text.length()) {
      throw new IllegalArgumentException("syntax error: missing '}'");
    }
    if (text.charAt(at) == '}' || text.charAt(at) == ':') {
      throw new IllegalArgumentException("syntax error: bad substitution");
    }
    String name = name();
    if (at >= text.length()) {
      throw new IllegalArgumentException("syntax error: missing '}'");
    }
    char modifier = text.charAt(at++);
    return switch (modifier) {
      case '}' -> value(name);
      case ':' -> {
        char kind = at < text.length() ? text.charAt(at++) : 0;
        yield conditional(name, kind, true, ":" + kind);
      }
      case '+', '-', '?' -> conditional(name, modifier, false, Character.toString(modifier));
      case '#', '%' -> trimmed(name, modifier);
      case '/' -> replaced(name);
      default ->
          throw new IllegalArgumentException(
              "unsupported modifier (" + modifier + ") in substitution");
    };
  }

  private String conditional(String name, char kind, boolean emptyCounts, String modifier) {
    if (kind != '+' && kind != '-' && kind != '?') {
      throw new IllegalArgumentException(
          kind == 0
              ? "syntax error: missing '}'"
              : "unsupported modifier (" + modifier + ") in substitution");
    }
    String word = until('}');
    String value = variables.get(name);
    boolean set = value != null && !(emptyCounts && value.isEmpty());
    return switch (kind) {
      case '+' -> set ? word : "";
      case '-' -> set && value != null ? value : word;
      default -> {
        if (set && value != null) {
          yield value;
        }
        String why =
            !word.isEmpty()
                ? word
                : emptyCounts ? "is not allowed to be empty" : "is not allowed to be unset";
        throw new IllegalArgumentException(name + ": " + why);
      }
    };
  }

  private String trimmed(String name, char side) {
    boolean longest = at < text.length() && text.charAt(at) == side;
    if (longest) {
      at++;
    }
    String pattern = until('}');
    String value = value(name);
    if (side == '#') {
      Matcher matcher = glob("^", pattern, longest, "").matcher(value);
      return matcher.find() ? value.substring(matcher.end()) : value;
    }
    // The shortest suffix is the match that starts last.
    Pattern suffix = glob("^", pattern, true, "$");
    if (longest) {
      for (int i = 0; i <= value.length(); i++) {
        if (suffix.matcher(value.substring(i)).find()) {
          return value.substring(0, i);
        }
      }
      return value;
    }
    for (int i = value.length(); i >= 0; i--) {
      if (suffix.matcher(value.substring(i)).find()) {
        return value.substring(0, i);
      }
    }
    return value;
  }

  private String replaced(String name) {
    boolean every = at < text.length() && text.charAt(at) == '/';
    if (every) {
      at++;
    }
    String pattern;
    try {
      pattern = until('/');
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("syntax error: missing '/' in ${}", e);
    }
    String replacement = until('}');
    Matcher matcher = glob("", pattern, true, "").matcher(value(name));
    String quoted = Matcher.quoteReplacement(replacement);
    return every ? matcher.replaceAll(quoted) : matcher.replaceFirst(quoted);
  }

  private static Pattern glob(String before, String pattern, boolean greedy, String after) {
    StringBuilder regex = new StringBuilder(before);
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*' -> regex.append(greedy ? ".*" : ".*?");
        case '?' -> regex.append('.');
        case '\\' -> {
          if (++i >= pattern.length()) {
            throw new IllegalArgumentException(
                "invalid pattern (" + pattern + ") in substitution: it ends with an escape");
          }
          regex.append(Pattern.quote(Character.toString(pattern.charAt(i))));
        }
        default -> regex.append(Pattern.quote(Character.toString(c)));
      }
    }
    try {
      return Pattern.compile(regex.append(after).toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "invalid pattern (" + pattern + ") in substitution: " + e.getDescription(), e);
    }
  }
}
