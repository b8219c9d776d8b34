package dev.ballast.certificates.output.gotemplate;

import dev.ballast.certificates.output.gotemplate.GoTemplate.Malformed;
import dev.ballast.certificates.output.gotemplate.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts a template into pieces, as Go's text/template/parse does. */
final class Lexer {
  private static final String BLANKS = " \t\r\n";

  private final String template;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int parentheses;
  private boolean spaced;

  private Lexer(String template) {
    this.template = template;
  }

  /**
   * @throws Malformed when there is a character that belongs nowhere
   */
  static List<Token> tokens(String template) {
    return new Lexer(template).all();
  }

  private List<Token> all() {
    boolean trim = false;
    while (true) {
      int action = template.indexOf("{{", at);
      var text = template.substring(at, action < 0 ? template.length() : action);
      boolean trimsLeft = action >= 0 && trimsAfter(action + 2);
      text = trim ? text.stripLeading() : text;
      text = trimsLeft ? text.stripTrailing() : text;
      if (!text.isEmpty()) {
        add(Kind.TEXT, text);
      }
      if (action < 0) {
        add(Kind.END, "");
        return tokens;
      }
      at = action + 2 + (trimsLeft ? 2 : 0);
      trim = template.startsWith("/*", at) ? comment() : action();
    }
  }

  private boolean trimsAfter(int from) {
    return from + 1 < template.length()
        && template.charAt(from) == '-'
        && isBlank(template.charAt(from + 1));
  }

  /** Passes a comment; whether what follows is trimmed. */
  private boolean comment() {
    int end = template.indexOf("*/", at);
    if (end < 0) {
      throw failed("unclosed comment");
    }
    at = end + 2;
    if (template.startsWith("}}", at)) {
      at += 2;
      return false;
    }
    if (at < template.length()
        && isBlank(template.charAt(at))
        && template.startsWith("-}}", at + 1)) {
      at += 4;
      return true;
    }
    throw failed("comment ends before closing delimiter");
  }

  private boolean action() {
    add(Kind.LEFT, "{{");
    parentheses = 0;
    spaced = false;
    while (true) {
      if (at >= template.length()) {
        throw failed("unclosed action");
      }
      char c = template.charAt(at);
      if (isBlank(c) && template.startsWith("-}}", at + 1)) {
        at += 4;
        return close(true);
      }
      if (template.startsWith("}}", at)) {
        at += 2;
        return close(false);
      }
      if (isBlank(c)) {
        spaced = true;
        at++;
      } else {
        one(c);
        spaced = false;
      }
    }
  }

  private boolean close(boolean trim) {
    if (parentheses > 0) {
      throw failed("unclosed left paren");
    }
    add(Kind.RIGHT, "}}");
    return trim;
  }

  private void one(char c) {
    switch (c) {
      case '(' -> {
        parentheses++;
        single(Kind.OPEN);
      }
      case ')' -> {
        parentheses--;
        if (parentheses < 0) {
          throw failed("unexpected right paren");
        }
        single(Kind.CLOSE);
      }
      case '|' -> single(Kind.PIPE);
      case ',' -> single(Kind.COMMA);
      case '=' -> single(Kind.ASSIGN);
      case ':' -> {
        if (!template.startsWith(":=", at)) {
          throw failed("expected :=");
        }
        at++;
        single(Kind.DECLARE);
      }
      case '"' -> quoted(Kind.STRING, '"');
      case '\'' -> quoted(Kind.CHARACTER, '\'');
      case '`' -> raw();
      case '$' -> add(Kind.VARIABLE, "$" + word(at + 1));
      case '.' -> dot();
      default -> other(c);
    }
  }

  private void single(Kind kind) {
    add(kind, template.substring(at, at + 1));
    at++;
  }

  private void dot() {
    if (at + 1 < template.length() && Character.isDigit(template.charAt(at + 1))) {
      number();
      return;
    }
    var name = word(at + 1);
    add(name.isEmpty() ? Kind.DOT : Kind.FIELD, name);
  }

  private void other(char c) {
    if (Character.isDigit(c) || c == '+' || c == '-') {
      number();
    } else if (isWord(c)) {
      add(Kind.NAME, word(at));
    } else {
      throw failed("unexpected '" + c + "'");
    }
  }

  /** The word that begins there, and goes behind it. */
  private String word(int from) {
    at = from;
    while (at < template.length() && isWord(template.charAt(at))) {
      at++;
    }
    return template.substring(from, at);
  }

  private void number() {
    int from = at;
    at++;
    while (at < template.length()) {
      char c = template.charAt(at);
      boolean sign = (c == '+' || c == '-') && "eEpP".indexOf(template.charAt(at - 1)) >= 0;
      if (!isWord(c) && c != '.' && !sign) {
        break;
      }
      at++;
    }
    add(Kind.NUMBER, template.substring(from, at));
  }

  private void raw() {
    int end = template.indexOf('`', at + 1);
    if (end < 0) {
      throw failed("unterminated raw quoted string");
    }
    add(Kind.STRING, template.substring(at + 1, end).replace("\r", ""));
    at = end + 1;
  }

  private void quoted(Kind kind, char quote) {
    int end = at + 1;
    while (end < template.length() && template.charAt(end) != quote) {
      if (template.charAt(end) == '\n') {
        throw failed("unterminated quoted string");
      }
      end += template.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= template.length()) {
      throw failed("unterminated quoted string");
    }
    add(kind, Literals.unquote(template.substring(at + 1, end)));
    at = end + 1;
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, spaced));
  }

  private static boolean isBlank(char c) {
    return BLANKS.indexOf(c) >= 0;
  }

  private static boolean isWord(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  private static Malformed failed(String what) {
    return new Malformed(what);
  }
}
