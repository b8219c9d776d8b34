package dev.ballast.bench.stall;

import dev.ballast.bench.queue.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Sweeps the named queues, or all, and writes the table of certificates. */
final class CertificateReport {
  private static final String BEGIN = "<!-- certificate:begin -->";
  private static final String END = "<!-- certificate:end -->";

  private static final int SIDE_BY_SIDE = 4;

  private CertificateReport() {}

  /**
   * Usage: {@code CertificateReport [--bytecode] [--doc FILE] [SUBJECT-PREFIX...]}. All queues by
   * line make a new table; named ones replace their rows in it. Sweeps by bytecode are only
   * printed.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    StallSweep.Grain grain = StallSweep.Grain.LINE;
    @Nullable Path document = null;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--bytecode" -> grain = StallSweep.Grain.BYTECODE;
        case "--doc" -> document = Path.of(arguments[++i]);
        default -> names.add(arguments[i]);
      }
    }
    List<Subject> subjects;
    try {
      subjects = names.isEmpty() ? List.of(Subject.values()) : Subject.beginning(names);
    } catch (IllegalArgumentException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(2);
      return;
    }
    List<String> rows = rows(subjects, grain);
    if (document == null || grain == StallSweep.Grain.BYTECODE) {
      return;
    }
    String text = Files.readString(document);
    int from = text.indexOf(BEGIN) + BEGIN.length();
    int to = text.indexOf(END);
    String table = names.isEmpty() ? table(rows) : replace(text.substring(from, to), rows);
    Files.writeString(document, text.substring(0, from) + table + text.substring(to));
  }

  private static String table(List<String> rows) {
    return "%n%nOne stop at each line, JDK %s, queues empty, holding one, all but full, and full.%n%n"
            .formatted(Runtime.version())
        + "| queue | places that block the others | first of them |\n|---|---|---|\n"
        + String.join("", rows);
  }

  /** The table with these rows in the place of those of the same queues, or at its end. */
  private static String replace(String table, List<String> rows) {
    List<String> lines = new ArrayList<>(table.lines().map(line -> line + "\n").toList());
    for (String row : rows) {
      String queue = row.substring(0, row.indexOf('|', 1) + 1);
      int old = -1;
      int last = -1;
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).startsWith("|")) {
          last = i;
          old = lines.get(i).startsWith(queue) ? i : old;
        }
      }
      if (last < 0) {
        throw new IllegalStateException("no table to put rows into: sweep all queues first");
      }
      if (old < 0) {
        lines.add(last + 1, row);
      } else {
        lines.set(old, row);
      }
    }
    return String.join("", lines);
  }

  /** A sweep mostly waits, so a few run side by side. */
  private static List<String> rows(List<Subject> subjects, StallSweep.Grain grain)
      throws IOException, InterruptedException {
    List<Future<String>> sweeps = new ArrayList<>();
    try (ExecutorService side = Executors.newFixedThreadPool(SIDE_BY_SIDE)) {
      for (Subject subject : subjects) {
        sweeps.add(side.submit(() -> row(subject, grain)));
      }
      List<String> rows = new ArrayList<>();
      for (Future<String> sweep : sweeps) {
        rows.add(sweep.get());
      }
      return rows;
    } catch (ExecutionException e) {
      throw new IOException("a sweep failed", e.getCause());
    }
  }

  private static String row(Subject subject, StallSweep.Grain grain)
      throws IOException, InterruptedException {
    StallSweep.Certificate certificate;
    try {
      certificate = StallSweep.sweep(subject.name(), grain);
    } catch (IllegalStateException e) {
      // One queue that ends its process must not cost the others.
      return "| %s | not swept: %s | |%n".formatted(subject.title(), e.getMessage());
    }
    String row =
        "| %s | %d of %d | %s |%n"
            .formatted(
                subject.title(),
                certificate.blocking().size(),
                certificate.stalls(),
                certificate.blocking().stream()
                    .findFirst()
                    .map(first -> "`" + first.place() + "`: " + first.outcome())
                    .orElse(""));
    System.out.print(row);
    return row;
  }
}
