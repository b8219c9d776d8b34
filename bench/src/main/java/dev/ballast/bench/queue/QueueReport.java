package dev.ballast.bench.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs every queue of a shape beside its peers and prints medians and ranges. Forks are
 * interleaved: the first fork of every queue, then the second of every queue, so that a noisy
 * minute falls on all of them.
 */
public final class QueueReport {
  private static final String BEGIN = "<!-- bench:begin -->";
  private static final String END = "<!-- bench:end -->";

  /** One column of the table. */
  @SuppressWarnings("ImmutableEnumChecker") // predicates have no state
  private enum Shape {
    P1C1("1P1C M/s", Throughput.class.getName() + ".p1c1", _ -> true),
    P2C1("2P1C M/s", Throughput.class.getName() + ".p2c1", Subject::manyProducers),
    P2C2(
        "2P2C M/s",
        Throughput.class.getName() + ".p2c2",
        subject -> subject.manyProducers() && subject.manyConsumers()),
    P4C4(
        "4P4C M/s",
        Throughput.class.getName() + ".p4c4",
        subject -> subject.manyProducers() && subject.manyConsumers()),
    PAIR("pair M/s", SingleThread.class.getName() + ".pair", _ -> true),
    BYTES("B/op", SingleThread.class.getName() + ".pair", _ -> true),
    RTT("round trip ns", RoundTrip.class.getName() + ".roundTrip", _ -> true);

    private final String title;
    private final String benchmark;
    private final Predicate<Subject> fits;

    Shape(String title, String benchmark, Predicate<Subject> fits) {
      this.title = title;
      this.benchmark = benchmark;
      this.fits = fits;
    }
  }

  private final Map<Subject, Map<Shape, List<Double>>> figures = new LinkedHashMap<>();

  /** Usage: {@code QueueReport [--forks N] [--doc FILE] [SUBJECT-PREFIX...]}. */
  public static void main(String[] arguments) throws RunnerException, IOException {
    int forks = 5;
    @Nullable Path document = null;
    List<String> prefixes = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--forks" -> forks = Integer.parseInt(arguments[++i]);
        case "--doc" -> document = Path.of(arguments[++i]);
        default -> prefixes.add(arguments[i]);
      }
    }
    List<Subject> subjects =
        Arrays.stream(Subject.values())
            .filter(subject ->
                prefixes.isEmpty() || prefixes.stream().anyMatch(subject.name()::startsWith))
            .toList();
    QueueReport report = new QueueReport();
    for (int fork = 1; fork <= forks; fork++) {
      for (Shape shape : Shape.values()) {
        if (shape == Shape.BYTES) {
          continue; // measured with PAIR
        }
        for (Subject subject : subjects) {
          if (shape.fits.test(subject)) {
            report.measure(shape, subject);
          }
        }
      }
      System.err.printf("fork %d of %d done%n", fork, forks);
    }
    String table = report.table(forks);
    System.out.println(table);
    if (document != null) {
      String text = Files.readString(document);
      int from = text.indexOf(BEGIN) + BEGIN.length();
      int to = text.indexOf(END);
      Files.writeString(document, text.substring(0, from) + "\n" + table + text.substring(to));
    }
  }

  private void measure(Shape shape, Subject subject) throws RunnerException {
    var options =
        new OptionsBuilder()
            .include("^" + shape.benchmark.replace(".", "\\.") + "$")
            .param("subject", subject.name())
            .forks(1)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(400))
            .measurementIterations(4)
            .measurementTime(TimeValue.milliseconds(400))
            .jvmArgsAppend(
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseParallelGC",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
            .verbosity(VerboseMode.SILENT);
    Options run =
        shape == Shape.PAIR ? options.addProfiler(GCProfiler.class).build() : options.build();
    Collection<RunResult> results = new Runner(run).run();
    for (RunResult result : results) {
      switch (shape) {
        case P1C1, P2C1, P2C2, P4C4 -> add(subject, shape, secondary(result, "polls") / 1e6);
        case PAIR -> {
          add(subject, shape, result.getPrimaryResult().getScore() / 1e6);
          add(subject, Shape.BYTES, secondary(result, "gc.alloc.rate.norm"));
        }
        case RTT -> add(subject, shape, result.getPrimaryResult().getScore());
        case BYTES -> throw new IllegalStateException("measured with PAIR");
      }
    }
  }

  @SuppressWarnings("rawtypes") // the type of the map is JMH's
  private static double secondary(RunResult result, String name) {
    for (var entry : result.getSecondaryResults().entrySet()) {
      if (entry.getKey().endsWith(name)) {
        return entry.getValue().getScore();
      }
    }
    throw new IllegalStateException("no figure " + name);
  }

  private void add(Subject subject, Shape shape, double value) {
    figures
        .computeIfAbsent(subject, _ -> new LinkedHashMap<>())
        .computeIfAbsent(shape, _ -> new ArrayList<>())
        .add(value);
  }

  private String table(int forks) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%nMedian [least–most] of %d interleaved forks; %d processors, JDK %s, ParallelGC.%n%n",
            forks,
            Runtime.getRuntime().availableProcessors(),
            Runtime.version()));
    text.append("| queue |");
    for (Shape shape : Shape.values()) {
      text.append(' ').append(shape.title).append(" |");
    }
    text.append("\n|---|").append("---|".repeat(Shape.values().length)).append('\n');
    figures.forEach((subject, byShape) -> {
      text.append("| ").append(subject.title()).append(" |");
      for (Shape shape : Shape.values()) {
        text.append(' ').append(cell(byShape.getOrDefault(shape, List.of()))).append(" |");
      }
      text.append('\n');
    });
    return text.toString();
  }

  private static String cell(List<Double> values) {
    if (values.isEmpty()) {
      return "";
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return number(sorted[sorted.length / 2])
        + (sorted.length > 1
            ? " [" + number(sorted[0]) + "–" + number(sorted[sorted.length - 1]) + "]"
            : "");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }
}
