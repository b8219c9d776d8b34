package dev.ballast.bench.queue;

import com.sun.jdi.VMDisconnectedException;
import dev.ballast.bench.stall.Suspended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    P2C1(
        "2P1C M/s",
        Throughput.class.getName() + ".p2c1",
        subject -> subject.manyProducers() && !subject.manyConsumers()),
    P2C2(
        "2P2C M/s",
        Throughput.class.getName() + ".p2c2",
        subject -> subject.manyProducers() && subject.manyConsumers()),
    P4C4(
        "4P4C M/s",
        Throughput.class.getName() + ".p4c4",
        subject -> subject.manyProducers() && subject.manyConsumers()),
    PAIR("pair M/s", SingleThread.class.getName() + ".pair", _ -> true),
    SUSPENDED(
        "4P4C, one stopped 1 s in 2, M/s",
        "",
        subject -> subject == Subject.BALLAST_MPMC_STRICT || subject == Subject.JCTOOLS_MPMC_ARRAY),
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

  private static final int STOPS = 4;

  /** For one iteration of a quarter of a second. */
  private static final int TIME_LIMIT_SECONDS = 20;

  /** What has to be reached: a ratio to the best of the peers in the same fork. */
  @SuppressWarnings("ImmutableEnumChecker") // lists of constants
  private enum Target {
    SPSC_ARRAY(Subject.BALLAST_SPSC_ARRAY, Shape.P1C1, 1.0, Subject.JCTOOLS_SPSC_ARRAY),
    MPSC_UNBOUNDED(
        Subject.BALLAST_MPSC_UNBOUNDED,
        Shape.P2C1,
        1.0,
        Subject.JCTOOLS_MPSC_LINKED,
        Subject.JCTOOLS_MPSC_UNBOUNDED,
        Subject.JCTOOLS_MPSC_XADD),
    MPSC_ARRAY(Subject.BALLAST_MPSC_ARRAY, Shape.P2C1, 0.8, Subject.JCTOOLS_MPSC_ARRAY),
    STRICT(Subject.BALLAST_MPMC_STRICT, Shape.P2C2, 0.8, Subject.JCTOOLS_MPMC_ARRAY),
    STRICT_SUSPENDED(Subject.BALLAST_MPMC_STRICT, Shape.SUSPENDED, 1.0, Subject.JCTOOLS_MPMC_ARRAY),
    LINKED_2(Subject.BALLAST_MPMC_UNBOUNDED, Shape.P2C2, 1.5, Subject.JDK_CONCURRENT_LINKED),
    LINKED_4(Subject.BALLAST_MPMC_UNBOUNDED, Shape.P4C4, 1.5, Subject.JDK_CONCURRENT_LINKED),
    XADD_2(Subject.BALLAST_MPMC_UNBOUNDED, Shape.P2C2, 1.0, Subject.JCTOOLS_MPMC_XADD),
    XADD_4(Subject.BALLAST_MPMC_UNBOUNDED, Shape.P4C4, 1.0, Subject.JCTOOLS_MPMC_XADD);

    private final Subject subject;
    private final Shape shape;
    private final double atLeast;
    private final List<Subject> peers;

    Target(Subject subject, Shape shape, double atLeast, Subject... peers) {
      this.subject = subject;
      this.shape = shape;
      this.atLeast = atLeast;
      this.peers = List.of(peers);
    }
  }

  /** The bytes an element that a queue may cost, when one thread offers and polls. */
  private static final Map<Subject, Integer> BYTES_ALLOWED =
      new TreeMap<>(
          Map.of(
              Subject.BALLAST_SPSC_ARRAY, 0,
              Subject.BALLAST_MPSC_ARRAY, 0,
              Subject.BALLAST_MPMC_RELAXED, 0,
              Subject.BALLAST_SPSC_UNBOUNDED, 8,
              Subject.BALLAST_MPSC_UNBOUNDED, 8,
              Subject.BALLAST_MPMC_UNBOUNDED, 8,
              Subject.BALLAST_MPMC_LINKED, 8,
              Subject.BALLAST_MPMC_STRICT, 24));

  /** Bytes that a measurement sees by itself, and that an array of cells costs a lap. */
  private static final double NOISE_BYTES = 0.1;

  /** Peers that the targets do not name and that say little new; measured when asked for. */
  private static final Set<Subject> ON_REQUEST =
      EnumSet.of(
          Subject.JCTOOLS_SPSC_LINKED,
          Subject.AGRONA_MPSC_LINKED,
          Subject.DISRUPTOR_ONE,
          Subject.DISRUPTOR_MANY,
          Subject.JDK_LINKED_BLOCKING);

  private final Map<Subject, Integer> standstills = new LinkedHashMap<>();
  private final Map<Subject, Suspended.Rates> worstStops = new LinkedHashMap<>();
  private final Map<Subject, Map<Shape, List<Double>>> figures = new LinkedHashMap<>();

  /**
   * Usage: {@code QueueReport [--forks N] [--shapes NAME,NAME...] [--doc FILE]
   * [SUBJECT-PREFIX...]}. The document gets the table of all queues after each fork, so that an end
   * before the last costs only what was not measured; a run of some queues is printed only.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Request request;
    try {
      request = Request.of(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(2);
      return;
    }
    QueueReport report = new QueueReport();
    for (int fork = 1; fork <= request.forks; fork++) {
      for (Shape shape : request.shapes) {
        if (shape == Shape.BYTES) {
          continue; // measured with PAIR
        }
        for (Subject subject : request.subjects) {
          if (shape == Shape.SUSPENDED && shape.fits.test(subject)) {
            report.suspend(subject, fork - 1);
          } else if (shape.fits.test(subject)) {
            report.measure(shape, subject);
          }
        }
      }
      System.err.printf("fork %d of %d done%n", fork, request.forks);
      if (request.document != null) {
        write(request.document, report.table(fork) + report.targets());
      }
    }
    System.out.println(report.table(request.forks) + report.targets());
  }

  /**
   * What the command line asks for.
   *
   * @param document where the table goes; null for a run of some queues or shapes, which is printed
   */
  private record Request(
      int forks, Set<Shape> shapes, List<Subject> subjects, @Nullable Path document) {
    static Request of(String[] arguments) {
      int forks = 5;
      @Nullable Path document = null;
      Set<Shape> shapes = EnumSet.allOf(Shape.class);
      List<String> prefixes = new ArrayList<>();
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case "--forks" -> forks = Integer.parseInt(arguments[++i]);
          case "--shapes" -> shapes = named(arguments[++i]);
          case "--doc" -> document = Path.of(arguments[++i]);
          default -> prefixes.add(arguments[i]);
        }
      }
      List<Subject> subjects =
          (prefixes.isEmpty()
                  ? Arrays.stream(Subject.values()).filter(subject -> !ON_REQUEST.contains(subject))
                  : Subject.beginning(prefixes).stream())
              .filter(subject -> !subject.isForScheduler())
              .toList();
      boolean all = prefixes.isEmpty() && shapes.size() == Shape.values().length;
      return new Request(forks, shapes, subjects, all ? document : null);
    }
  }

  private static Set<Shape> named(String names) {
    try {
      return EnumSet.copyOf(
          Arrays.stream(names.toUpperCase(Locale.ROOT).split(",")).map(Shape::valueOf).toList());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "no such shape: " + names + "; there are " + Arrays.toString(Shape.values()), e);
    }
  }

  private static void write(Path document, String table) throws IOException {
    String text = Files.readString(document);
    int from = text.indexOf(BEGIN) + BEGIN.length();
    int to = text.indexOf(END);
    Files.writeString(document, text.substring(0, from) + "\n" + table + text.substring(to));
  }

  private void suspend(Subject subject, int round) throws IOException, InterruptedException {
    try {
      Suspended.Rates rates = Suspended.measure(subject, STOPS, round);
      add(subject, Shape.SUSPENDED, rates.stopped() / 1e6);
      standstills.merge(subject, rates.standstills(), Integer::sum);
      worstStops.merge(subject, rates, (one, other) -> one.least() <= other.least() ? one : other);
    } catch (VMDisconnectedException | IllegalStateException e) {
      missing(subject, Shape.SUSPENDED, e);
    }
  }

  /** One process that ends or hangs must not cost the others: its figure is missing. */
  private void missing(Subject subject, Shape shape, Exception why) {
    System.err.printf("%s, %s: no figure: %s%n", subject.title(), shape.title, why);
    add(subject, shape, Double.NaN);
  }

  private void measure(Shape shape, Subject subject) {
    var options =
        new OptionsBuilder()
            .include("^" + shape.benchmark.replace(".", "\\.") + "$")
            .param("subject", subject.name())
            .forks(1)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(250))
            .measurementIterations(3)
            .measurementTime(TimeValue.milliseconds(250))
            .jvmArgsAppend(
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseParallelGC",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
            .timeout(TimeValue.seconds(TIME_LIMIT_SECONDS))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    Options run =
        shape == Shape.PAIR ? options.addProfiler(GCProfiler.class).build() : options.build();
    Collection<RunResult> results;
    try {
      results = new Runner(run).run();
    } catch (RunnerException e) {
      missing(subject, shape, e);
      if (shape == Shape.PAIR) {
        missing(subject, Shape.BYTES, e);
      }
      return;
    }
    for (RunResult result : results) {
      switch (shape) {
        case P1C1, P2C1, P2C2, P4C4 -> add(subject, shape, secondary(result, "polls") / 1e6);
        case PAIR -> {
          add(subject, shape, result.getPrimaryResult().getScore() / 1e6);
          add(subject, Shape.BYTES, secondary(result, "gc.alloc.rate.norm"));
        }
        case RTT -> add(subject, shape, result.getPrimaryResult().getScore());
        case BYTES, SUSPENDED -> throw new IllegalStateException("measured otherwise");
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
    figures
        .keySet()
        .forEach(subject -> {
          text.append("| ").append(subject.title()).append(" |");
          for (Shape shape : Shape.values()) {
            text.append(' ').append(cell(measured(subject, shape))).append(" |");
          }
          text.append('\n');
        });
    return text.toString();
  }

  private String targets() {
    StringBuilder text = new StringBuilder();
    standstills.forEach((subject, count) ->
        text.append(
            String.format(
                Locale.ROOT,
                "%n%s: %d stops of a producer inside `offer` in which nothing went through; the"
                    + " worst, at `%s`, left %.1f M/s.%n",
                subject.title(),
                count,
                worstStops.get(subject).leastAt(),
                worstStops.get(subject).least() / 1e6)));
    text.append(
        "\n| target | ratio, fork by fork, or bytes | wanted | reached |\n|---|---|---|---|\n");
    for (Target target : Target.values()) {
      List<Double> ratios = ratios(target);
      if (!ratios.isEmpty()) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %s, %s, to the best of %s | %.2f [%.2f–%.2f] | at least %.1f | %s |%n",
                target.subject.title(),
                target.shape.title,
                String.join(", ", target.peers.stream().map(Subject::title).toList()),
                ratios.get(ratios.size() / 2),
                ratios.getFirst(),
                ratios.getLast(),
                target.atLeast,
                ratios.get(ratios.size() / 2) >= target.atLeast ? "yes" : "no"));
      }
    }
    worstStop(Subject.BALLAST_MPMC_STRICT, Subject.JCTOOLS_MPMC_ARRAY, text);
    BYTES_ALLOWED.forEach((subject, allowed) -> {
      List<Double> bytes = measured(subject, Shape.BYTES);
      if (!bytes.isEmpty()) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %s, %s | %.1f [%.1f–%.1f] | at most %d | %s |%n",
                subject.title(),
                Shape.BYTES.title,
                bytes.get(bytes.size() / 2),
                bytes.getFirst(),
                bytes.getLast(),
                allowed,
                bytes.get(bytes.size() / 2) <= allowed + NOISE_BYTES ? "yes" : "no"));
      }
    });
    return text.toString();
  }

  /**
   * The stop that hurts most, over all places and forks. A peer whose place of danger is one line
   * of twenty hides in the mean that it stands still there.
   */
  private void worstStop(Subject subject, Subject peer, StringBuilder text) {
    Suspended.@Nullable Rates ours = worstStops.get(subject);
    Suspended.@Nullable Rates theirs = worstStops.get(peer);
    if (ours != null && theirs != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s, 4P4C, one stopped at its worst place, M/s, to %s | %.1f to %.1f | at least 1.0"
                  + " | %s |%n",
              subject.title(),
              peer.title(),
              ours.least() / 1e6,
              theirs.least() / 1e6,
              standstills.getOrDefault(subject, 0) == 0 && ours.least() >= theirs.least()
                  ? "yes"
                  : "no"));
    }
  }

  /** Figures in rising order, without the forks that gave none. */
  private List<Double> measured(Subject subject, Shape shape) {
    return of(subject, shape).stream().filter(figure -> !figure.isNaN()).sorted().toList();
  }

  /** In rising order, of the forks in which all of them were measured. */
  private List<Double> ratios(Target target) {
    List<Double> ours = of(target.subject, target.shape);
    List<Double> ratios = new ArrayList<>();
    for (int fork = 0; fork < ours.size(); fork++) {
      double best = 0;
      for (Subject peer : target.peers) {
        List<Double> theirs = of(peer, target.shape);
        // Math.max keeps a figure that is missing missing.
        best = Math.max(best, fork < theirs.size() ? theirs.get(fork) : Double.NaN);
      }
      double ratio = ours.get(fork) / best;
      if (!Double.isNaN(ratio)) {
        ratios.add(ratio);
      }
    }
    ratios.sort(Double::compare);
    return ratios;
  }

  private List<Double> of(Subject subject, Shape shape) {
    return figures.getOrDefault(subject, Map.of()).getOrDefault(shape, List.of());
  }

  private static String cell(List<Double> values) {
    if (values.isEmpty()) {
      return "";
    }
    return number(values.get(values.size() / 2))
        + (values.size() > 1
            ? " [" + number(values.getFirst()) + "–" + number(values.getLast()) + "]"
            : "");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }
}
