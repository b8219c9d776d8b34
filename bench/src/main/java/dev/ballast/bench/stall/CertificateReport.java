package dev.ballast.bench.stall;

import dev.ballast.bench.queue.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sweeps the named queues, or all, and writes the table of certificates. */
final class CertificateReport {
  private static final String BEGIN = "<!-- certificate:begin -->";
  private static final String END = "<!-- certificate:end -->";

  private CertificateReport() {}

  /** Usage: {@code CertificateReport [--bytecode] [--doc FILE] [SUBJECT...]}. */
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
    StringBuilder table =
        new StringBuilder(
            "\n| queue | places that block the others | first of them |\n|---|---|---|\n");
    for (String name : names.isEmpty() ? Subject.names() : names) {
      StallSweep.Certificate certificate = StallSweep.sweep(name, grain);
      String row =
          "| %s | %d of %d | %s |%n"
              .formatted(
                  Subject.named(name).title(),
                  certificate.blocking().size(),
                  certificate.stalls(),
                  certificate.blocking().stream()
                      .findFirst()
                      .map(first -> "`" + first.place() + "`: " + first.outcome())
                      .orElse(""));
      System.out.print(row);
      table.append(row);
    }
    if (document != null) {
      String text = Files.readString(document);
      int from = text.indexOf(BEGIN) + BEGIN.length();
      int to = text.indexOf(END);
      Files.writeString(document, text.substring(0, from) + "\n" + table + text.substring(to));
    }
  }
}
