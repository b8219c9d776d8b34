package dev.ballast.certificates.output;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.output.JsonPathNode.Steps;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads jsonpath templates with the grammar of client-go. */
final class JsonPathParser {
  private static final Pattern COMPARISON = Pattern.compile("([^!<>=]+)([!<>=]+)(.+)");
  private static final Pattern SLICE = Pattern.compile("(-?\\d{0,9})(:-?\\d{0,9})?(:-?\\d{0,9})?");
  private static final Pattern KEY = Pattern.compile("'([^']*)'");
  private static final Pattern NUMBER = Pattern.compile("[+-]?[\\d.]+");
  private static final String TERMINATORS = " \t\r\n.,[]$@{}";

  private final String input;
  private int at;

  private JsonPathParser(String input) {
    this.input = input;
  }

  /** Text and actions, in order. */
  static List<JsonPathNode> parse(String template) {
    return new JsonPathParser(template).template();
  }

  private List<JsonPathNode> template() {
    var nodes = new ArrayList<JsonPathNode>();
    while (at < input.length()) {
      int brace = input.indexOf('{', at);
      int end = brace < 0 ? input.length() : brace;
      if (end > at) {
        nodes.add(new JsonPathNode.Text(input.substring(at, end)));
      }
      at = end;
      if (brace >= 0) {
        at++;
        nodes.add(action());
      }
    }
    return nodes;
  }

  private Steps action() {
    var steps = new ArrayList<JsonPathNode>();
    while (true) {
      char c = peek();
      if (c == '}') {
        at++;
        return new Steps(steps);
      }
      if (input.startsWith("[?(", at)) {
        steps.add(filter());
      } else if (input.startsWith("..", at)) {
        if (!steps.isEmpty() && steps.getLast() instanceof JsonPathNode.Recursive) {
          throw bad("invalid multiple recursive descent");
        }
        at += 2;
        steps.add(new JsonPathNode.Recursive());
        if (at < input.length() && isWord(peek())) {
          steps.add(field());
        }
      } else if (c == ' ' || c == '@' || c == '$') {
        at++;
      } else if (c == '[') {
        array(steps);
      } else if (c == '"' || c == '\'') {
        steps.add(quoted(c));
      } else if (c == '.') {
        at++;
        steps.add(field());
      } else if (c == '+' || c == '-' || Character.isDigit(c)) {
        steps.add(number());
      } else if (isWord(c)) {
        steps.add(word());
      } else {
        throw bad("unrecognized character in action: '" + c + "'");
      }
    }
  }

  private char peek() {
    if (at >= input.length() || input.charAt(at) == '\n' || input.charAt(at) == '\r') {
      throw bad("unclosed action");
    }
    return input.charAt(at);
  }

  private static boolean isWord(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  private JsonPathNode field() {
    var name = new StringBuilder();
    while (at < input.length() && TERMINATORS.indexOf(input.charAt(at)) < 0) {
      if (input.charAt(at) == '\\' && at + 1 < input.length()) {
        at++;
      }
      name.append(input.charAt(at++));
    }
    return name.toString().equals("*")
        ? new JsonPathNode.Wildcard()
        : new JsonPathNode.Field(name.toString());
  }

  private JsonPathNode number() {
    Matcher matcher = NUMBER.matcher(input).region(at, input.length());
    if (!matcher.lookingAt()) {
      throw bad("cannot parse number");
    }
    at = matcher.end();
    String text = matcher.group();
    try {
      return new JsonPathNode.Literal(
          text.contains(".") ? (Object) Double.valueOf(text) : (Object) Long.valueOf(text));
    } catch (NumberFormatException e) {
      throw bad("cannot parse number " + text);
    }
  }

  private JsonPathNode word() {
    int from = at;
    while (at < input.length() && TERMINATORS.indexOf(input.charAt(at)) < 0) {
      at++;
    }
    String word = input.substring(from, at);
    return switch (word) {
      case "true", "false" -> new JsonPathNode.Literal(Boolean.valueOf(word));
      case "range" -> new JsonPathNode.Range();
      case "end" -> new JsonPathNode.End();
      default -> throw bad("unrecognized identifier " + word);
    };
  }

  private JsonPathNode quoted(char quote) {
    int from = at + 1;
    int end = from;
    while (end < input.length() && (input.charAt(end) != quote || input.charAt(end - 1) == '\\')) {
      end++;
    }
    if (end >= input.length()) {
      throw bad("unterminated quoted string");
    }
    at = end + 1;
    return new JsonPathNode.Text(Escapes.resolve(input.substring(from, end)));
  }

  private void array(List<JsonPathNode> steps) {
    int close = input.indexOf(']', at);
    if (close < 0) {
      throw bad("unterminated array");
    }
    String text = input.substring(at + 1, close);
    at = close + 1;
    if (text.indexOf(',') >= 0) {
      var members = new ArrayList<Steps>();
      for (String member : text.split(",", -1)) {
        members.add(inner("[" + member.strip() + "]"));
      }
      steps.add(new JsonPathNode.Union(members));
      return;
    }
    Matcher key = KEY.matcher(text);
    if (key.matches()) {
      steps.addAll(inner("." + key.group(1)).steps());
      return;
    }
    steps.add(slice(text.equals("*") ? ":" : text));
  }

  private JsonPathNode slice(String text) {
    Matcher matcher = SLICE.matcher(text);
    if (!matcher.matches() || text.isEmpty()) {
      throw bad("invalid array index " + text);
    }
    boolean single = matcher.group(2) == null;
    return new JsonPathNode.Slice(
        bound(matcher.group(1)),
        single ? OptionalInt.empty() : bound(matcher.group(2).substring(1)),
        matcher.group(3) == null ? OptionalInt.empty() : bound(matcher.group(3).substring(1)),
        single);
  }

  private OptionalInt bound(String text) {
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    if (text.equals("-")) {
      throw bad("array index - is not a number");
    }
    return OptionalInt.of(Integer.parseInt(text));
  }

  private JsonPathNode filter() {
    int from = at + 3;
    int end = from;
    char quote = 0;
    while (end < input.length() && (quote != 0 || input.charAt(end) != ')')) {
      char c = input.charAt(end);
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote && input.charAt(end - 1) != '\\') {
        quote = 0;
      }
      end++;
    }
    if (end + 1 >= input.length() || input.charAt(end + 1) != ']') {
      throw bad("unclosed array expect ]");
    }
    String text = input.substring(from, end);
    at = end + 2;
    Matcher comparison = COMPARISON.matcher(text);
    return comparison.matches()
        ? new JsonPathNode.Filter(
            inner(comparison.group(1)), comparison.group(2), inner(comparison.group(3)))
        : new JsonPathNode.Filter(inner(text), "exists", new Steps(List.of()));
  }

  private static Steps inner(String text) {
    return new JsonPathParser("{" + text + "}").template().getFirst() instanceof Steps steps
        ? steps
        : new Steps(List.of());
  }

  private CertificatesFailure bad(String what) {
    return new CertificatesFailure(
        "error parsing jsonpath " + input + ": " + what, "correct the template");
  }
}
