package dev.ballast.images.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a Dockerfile into instructions: joins continuations, collects here-documents and flags.
 */
final class Lines {
  private static final Set<String> HEREDOCS = Set.of("ADD", "COPY", "RUN");
  private static final Pattern HEREDOC = Pattern.compile("^(\\d*)<<(-?)\\s*([^<]+)$");
  private static final int LARGEST_HEREDOC_COUNT = 64;

  private final List<String> lines;
  private final char escape;
  private final Pattern continuation;
  private int at;

  private Lines(List<String> lines, char escape) {
    this.lines = lines;
    this.escape = escape;
    String quoted = Pattern.quote(Character.toString(escape));
    this.continuation =
        Pattern.compile(
            "([^"
                + (escape == '\\' ? "\\\\" : "`")
                + "])"
                + quoted
                + "[ \\t]*$|^"
                + quoted
                + "[ \\t]*$");
  }

  static List<Line> of(List<String> lines, char escape) {
    return new Lines(lines, escape).read();
  }

  private List<Line> read() {
    List<Line> found = new ArrayList<>();
    while (at < lines.size()) {
      int first = at + 1;
      String text = strip(lines.get(at++));
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      String whole = join(text);
      found.add(instruction(whole, first));
    }
    if (found.isEmpty()) {
      throw new DockerfileException(lines.size(), "file with no instructions");
    }
    return found;
  }

  private String join(String text) {
    StringBuilder joined = new StringBuilder();
    String next = text;
    while (true) {
      Matcher matcher = continuation.matcher(next);
      if (!matcher.find()) {
        return joined.append(next).toString();
      }
      joined
          .append(next, 0, matcher.start())
          .append(matcher.group(1) == null ? "" : matcher.group(1));
      String following;
      do {
        if (at >= lines.size()) {
          return joined.toString();
        }
        following = lines.get(at++);
      } while (following.isBlank() || following.stripLeading().startsWith("#"));
      next = following;
    }
  }

  private Line instruction(String whole, int first) {
    String text = strip(whole);
    int space = 0;
    while (space < text.length() && !Character.isWhitespace(text.charAt(space))) {
      space++;
    }
    String written = text.substring(0, space);
    String keyword = written.toUpperCase(Locale.ROOT);
    List<String> flags = new ArrayList<>();
    String rest = flags(text.substring(space), flags);
    List<Heredoc> heredocs = new ArrayList<>();
    String command = keyword;
    if (keyword.equals("ONBUILD")) {
      command = rest.split("\\s+", 2)[0].toUpperCase(Locale.ROOT);
    }
    if (HEREDOCS.contains(command)) {
      for (Heredoc open : openings(rest)) {
        heredocs.add(heredoc(open, first));
      }
    }
    return new Line(keyword, written, flags, rest, heredocs, first, at);
  }

  private String flags(String text, List<String> flags) {
    String rest = strip(text);
    while (rest.startsWith("--")) {
      int end = Quoting.wordEnd(rest, 0, escape);
      String flag = rest.substring(0, end);
      rest = strip(rest.substring(end));
      if (flag.equals("--")) {
        break;
      }
      flags.add(Quoting.unquote(flag, escape));
    }
    return rest;
  }

  private List<Heredoc> openings(String rest) {
    List<Heredoc> found = new ArrayList<>();
    for (String word : Quoting.words(rest, escape)) {
      Matcher matcher = HEREDOC.matcher(word);
      if (!matcher.matches()) {
        continue;
      }
      String name = matcher.group(3);
      String bare = Quoting.unquote(name, escape);
      if (bare.isEmpty() || bare.contains("\n")) {
        continue;
      }
      found.add(new Heredoc(bare, "", bare.equals(name), matcher.group(2).equals("-")));
      if (found.size() > LARGEST_HEREDOC_COUNT) {
        throw DockerfileException.parse(at, "more than " + LARGEST_HEREDOC_COUNT + " heredocs");
      }
    }
    return found;
  }

  private Heredoc heredoc(Heredoc open, int first) {
    StringBuilder content = new StringBuilder();
    while (at < lines.size()) {
      String line = lines.get(at++);
      String seen = open.chomp() ? line.replaceFirst("^\t+", "") : line;
      if (seen.equals(open.name())) {
        return new Heredoc(open.name(), content.toString(), open.expand(), open.chomp());
      }
      content.append(seen).append('\n');
    }
    throw new DockerfileException(first, "unterminated heredoc");
  }

  private static String strip(String text) {
    return text.strip();
  }
}
