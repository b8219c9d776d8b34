package dev.ballast.cli.up;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/**
 * The output of {@code up}: steps go to standard error with the seconds since the start, results go
 * to standard output. Prints whole lines; any thread may call it.
 */
final class Screen {
  private final PrintWriter out;
  private final PrintWriter err;
  private final Ansi outColours;
  private final Ansi errColours;
  private final boolean details;
  private final long begun = System.nanoTime();
  private boolean live;

  /**
   * Creates a screen.
   *
   * @param details prints {@link #detail} lines from the start, not only once the lab is live
   */
  Screen(PrintWriter out, PrintWriter err, Ansi outColours, Ansi errColours, boolean details) {
    this.out = out;
    this.err = err;
    this.outColours = outColours;
    this.errColours = errColours;
    this.details = details;
  }

  /** Prints a step of the story. */
  synchronized void step(String what) {
    err.printf("%s  %s%n", errColours.string("@|faint %6.2fs|@".formatted(seconds())), what);
    err.flush();
  }

  /** Prints what belongs to the story only when asked for, and always once the lab is live. */
  synchronized void detail(String what) {
    if (details || live) {
      step(what);
    }
  }

  /** Prints a warning. */
  synchronized void warn(String what) {
    step(colour(errColours, "yellow", what));
  }

  /** Prints details from now on: the story is told, the user watches what happens. */
  synchronized void live() {
    live = true;
  }

  /** Prints a line of the result. */
  synchronized void result(String line) {
    out.println(line);
    out.flush();
  }

  /** Prints the verdict. */
  synchronized void verdict(boolean ok, String line) {
    result(colour(outColours, ok ? "green" : "red", line));
  }

  /** Prints rows in columns under a heading; the first row holds the names of the columns. */
  synchronized void table(List<List<String>> rows) {
    out.println();
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    boolean first = true;
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).repeat(" ", widths[i] - row.get(i).length() + 2);
      }
      String text = line.toString().stripTrailing();
      out.println(first ? colour(outColours, "bold", text) : text);
      first = false;
    }
    out.flush();
  }

  /** Colours text that may hold anything: it is not read as markup. */
  private static String colour(Ansi ansi, String style, String text) {
    return ansi.enabled()
        ? Ansi.Style.on(Ansi.Style.parse(style)) + text + Ansi.Style.off(Ansi.Style.parse(style))
        : text;
  }

  private double seconds() {
    return Duration.ofNanos(System.nanoTime() - begun).toMillis() / 1000.0;
  }
}
