package dev.ballast.images.dockerfile;

import java.util.ArrayList;
import java.util.List;

/** Words of a line and their quotes. */
final class Quoting {
  private Quoting() {}

  /** Splits at white space outside of quotes; quotes and escapes stay in the words. */
  static List<String> words(String text, char escape) {
    List<String> found = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      if (at >= text.length()) {
        return found;
      }
      int end = wordEnd(text, at, escape);
      found.add(text.substring(at, end));
      at = end;
    }
  }

  /** Returns where the word that starts at a place ends. */
  static int wordEnd(String text, int start, char escape) {
    char quote = 0;
    int at = start;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (quote == 0 && Character.isWhitespace(c)) {
        return at;
      }
      if (c == escape && quote != '\'' && at + 1 < text.length()) {
        at++;
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      }
      at++;
    }
    return at;
  }

  /** Removes quotes and escapes; expands nothing. */
  static String unquote(String word, char escape) {
    StringBuilder out = new StringBuilder();
    char quote = 0;
    for (int at = 0; at < word.length(); at++) {
      char c = word.charAt(at);
      if (c == escape && quote != '\'' && at + 1 < word.length()) {
        out.append(word.charAt(++at));
      } else if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          out.append(c);
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
