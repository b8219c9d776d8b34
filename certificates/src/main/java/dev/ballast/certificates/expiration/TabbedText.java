package dev.ballast.certificates.expiration;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Aligns text as Go's text/tabwriter does with a padding character and no flags: a tab ends a cell,
 * and a column is a run of lines that have a cell there.
 */
final class TabbedText {
  private final int minimumWidth;
  private final int padding;
  private final List<List<String>> lines = new ArrayList<>();
  private final Deque<Integer> widths = new ArrayDeque<>();
  private final StringBuilder out = new StringBuilder();

  private TabbedText(int minimumWidth, int padding, String text) {
    this.minimumWidth = minimumWidth;
    this.padding = padding;
    text.lines().forEach(line -> lines.add(List.of(line.split("\t", -1))));
  }

  /**
   * @param text lines that each end in a line feed
   */
  static String align(int minimumWidth, int padding, String text) {
    var aligned = new TabbedText(minimumWidth, padding, text);
    aligned.format(0, aligned.lines.size());
    return aligned.out.toString();
  }

  private void format(int from, int to) {
    int column = widths.size();
    int begin = from;
    for (int at = from; at < to; at++) {
      if (!hasCell(at, column)) {
        continue;
      }
      write(begin, at);
      int end = at;
      int width = minimumWidth;
      while (end < to && hasCell(end, column)) {
        String cell = lines.get(end).get(column);
        width = Math.max(width, cell.codePointCount(0, cell.length()) + padding);
        end++;
      }
      widths.addLast(width);
      format(at, end);
      widths.removeLast();
      begin = end;
      // The line that ended this column cannot begin another.
      at = end;
    }
    write(begin, to);
  }

  private boolean hasCell(int line, int column) {
    return column < lines.get(line).size() - 1;
  }

  private void write(int from, int to) {
    List<Integer> columns = List.copyOf(widths);
    for (List<String> line : lines.subList(from, to)) {
      for (int i = 0; i < line.size(); i++) {
        String cell = line.get(i);
        out.append(cell);
        if (i < columns.size()) {
          int missing = columns.get(i) - cell.codePointCount(0, cell.length());
          out.repeat(' ', Math.max(0, missing));
        }
      }
      out.append('\n');
    }
  }
}
