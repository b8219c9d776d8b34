package dev.ballast.cli.bootstrap;

import java.util.ArrayList;
import java.util.List;

/** Lines of cells, in columns three blanks apart. */
final class Columns {
  private Columns() {}

  static String of(String tabbed) {
    List<String[]> rows = tabbed.lines().map(line -> line.split("\t", -1)).toList();
    var widths = new ArrayList<Integer>();
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row[i].length()));
      }
    }
    var text = new StringBuilder();
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        text.append(row[i]);
        if (i + 1 < row.length) {
          text.append(" ".repeat(widths.get(i) - row[i].length() + 3));
        }
      }
      text.append('\n');
    }
    return text.toString();
  }
}
