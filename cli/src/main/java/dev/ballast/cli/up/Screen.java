package dev.ballast.cli.up;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/**
 * What the user reads: steps on standard error as they happen, each with the seconds since the
 * start, results on standard output. Whole lines, from any thread.
 */
final class Screen {
  private final PrintWriter out;
  private final PrintWriter err;
  private final long begun = System.nanoTime();

  Screen(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /** Something happened. */
  synchronized void step(String what) {
    err.printf("%6.2fs  %s%n", sinceBegin().toMillis() / 1000.0, what);
    err.flush();
  }

  /** A line of the result. */
  synchronized void result(String line) {
    out.println(line);
    out.flush();
  }

  /** Rows in columns under a heading. */
  synchronized void table(String heading, List<List<String>> rows) {
    out.println();
    out.println(heading);
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(" ");
      for (int i = 0; i < row.size(); i++) {
        line.append(' ').append(row.get(i)).repeat(" ", widths[i] - row.get(i).length() + 1);
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }

  Duration sinceBegin() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }
}
