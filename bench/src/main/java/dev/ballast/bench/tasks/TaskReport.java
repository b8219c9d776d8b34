package dev.ballast.bench.tasks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures tasks beside the JDK's virtual threads and Go's goroutines, each measurement in a
 * process of its own, in rounds in which all take turns; prints medians with ranges and what they
 * have to reach.
 */
public final class TaskReport {
  static final String SCHEDULER = "bench";
  static final String READY = "ready";

  private static final String BEGIN = "<!-- tasks:begin -->";
  private static final String END = "<!-- tasks:end -->";
  private static final Duration PROCESS_LIMIT = Duration.ofSeconds(60);
  private static final String UNAVAILABLE = "unavailable";

  /** A row of the table. */
  private record Row(String figure, int parallelism) {}

  private final Options options;
  private final Map<Row, Map<Side, List<Double>>> values = new LinkedHashMap<>();
  private final Map<Row, String> unavailable = new LinkedHashMap<>();

  private TaskReport(Options options) {
    this.options = options;
  }

  private record Options(
      int rounds,
      int runs,
      List<String> only,
      Path jvmOptions,
      @Nullable Path document,
      @Nullable Path go,
      String load) {
    static Options parse(String[] arguments) {
      int rounds = 3;
      int runs = 3;
      List<String> only = new ArrayList<>();
      Path jvmOptions = Path.of("dev/jvm-options");
      Path document = null;
      Path go = null;
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case "--quick" -> {
            rounds = 1;
            runs = 1;
          }
          case "--rounds" -> rounds = Integer.parseInt(arguments[++i]);
          case "--runs" -> runs = Integer.parseInt(arguments[++i]);
          case "--only" -> only.add(arguments[++i]);
          case "--jvm-options" -> jvmOptions = Path.of(arguments[++i]);
          case "--doc" -> document = Path.of(arguments[++i]);
          case "--go" -> go = Path.of(arguments[++i]);
          default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
        }
      }
      return new Options(rounds, runs, List.copyOf(only), jvmOptions, document, go, loadNow());
    }

    /** Of the last minute, before anything is measured. */
    private static String loadNow() {
      return String.format(
          Locale.ROOT, "%.1f", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    boolean wants(String name) {
      return only.isEmpty() || only.contains(name);
    }

    boolean has(Side side) {
      return side != Side.GO || go != null;
    }
  }

  /**
   * Usage: {@code TaskReport [--quick] [--rounds N] [--runs N] [--only NAME] [--jvm-options FILE]
   * [--go PROGRAM] [--doc FILE]}. The document gets the table after each round; a run of some is
   * printed only.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options = Options.parse(arguments);
    for (String name : options.only()) {
      if (!names().contains(name)) {
        throw new IllegalArgumentException("there is no %s: %s".formatted(name, names()));
      }
    }
    TaskReport report = new TaskReport(options);
    for (int round = 1; round <= options.rounds(); round++) {
      report.round();
      System.err.printf("round %d of %d done%n", round, options.rounds());
      if (options.document() != null && options.only().isEmpty()) {
        write(options.document(), report.table(round));
      }
    }
    System.out.println(report.table(options.rounds()));
  }

  private static TreeSet<String> names() {
    TreeSet<String> names = new TreeSet<>();
    for (Workload workload : Workload.values()) {
      names.add(workload.title());
    }
    for (Holding holding : Holding.values()) {
      names.add(holding.title());
    }
    for (Once once : Once.values()) {
      names.add(once.title());
    }
    names.add(TaskProbe.IDLE);
    return names;
  }

  private void round() throws IOException, InterruptedException {
    int processors = Runtime.getRuntime().availableProcessors();
    for (Workload workload : Workload.values()) {
      if (options.wants(workload.title())) {
        for (int parallelism : processors == 1 ? new int[] {1} : new int[] {1, processors}) {
          for (Side side : workload.sides()) {
            measure(side, parallelism, workload.title());
          }
        }
      }
    }
    for (Holding holding : Holding.values()) {
      if (options.wants(holding.title())) {
        measure(Side.BALLAST, 1, holding.title());
      }
    }
    for (Once once : Once.values()) {
      if (options.wants(once.title())) {
        for (Side side : once.sides()) {
          measure(side, 1, once.title());
        }
      }
    }
    if (options.wants(TaskProbe.IDLE)) {
      idle(processors);
    }
  }

  private void measure(Side side, int parallelism, String name)
      throws IOException, InterruptedException {
    if (!options.has(side)) {
      return;
    }
    System.err.printf("%s, %d at a time, %s%n", name, parallelism, side.title());
    Path output = Files.createTempFile("blt-bench-tasks", ".tsv");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command(side, parallelism, name))
              .redirectOutput(output.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put("GOMAXPROCS", Integer.toString(parallelism));
      Process process = builder.start();
      try {
        if (!process.waitFor(PROCESS_LIMIT) || process.exitValue() != 0) {
          System.err.printf(
              "%s, %d at a time, %s: no figure, %s%n",
              name,
              parallelism,
              side.title(),
              process.isAlive() ? "not done in " + PROCESS_LIMIT : "ended " + process.exitValue());
          unavailable.put(new Row(name, parallelism), side.title() + " gave no figure");
          return;
        }
      } finally {
        process.destroyForcibly();
      }
      for (String line : Files.readAllLines(output, StandardCharsets.UTF_8)) {
        int tab = line.indexOf('\t');
        Row row = new Row(line.substring(0, tab), parallelism);
        String value = line.substring(tab + 1);
        if (value.startsWith(UNAVAILABLE)) {
          unavailable.put(row, value);
        } else {
          add(row, side, Double.parseDouble(value));
        }
      }
    } finally {
      Files.delete(output);
    }
  }

  private List<String> command(Side side, int parallelism, String name) throws IOException {
    if (side == Side.GO && options.go() != null) {
      return List.of(options.go().toString(), name, Integer.toString(options.runs()));
    }
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.add("@" + options.jvmOptions());
    command.addAll(
        List.of(
            "-Xms2g",
            "-Xmx2g",
            "-XX:+UseParallelGC",
            "-Djdk.virtualThreadScheduler.parallelism=" + parallelism,
            "-cp",
            System.getProperty("java.class.path"),
            TaskProbe.class.getName(),
            side.name(),
            Integer.toString(parallelism),
            name,
            Integer.toString(options.runs())));
    return command;
  }

  /** All three at the same time, since they leave each other the processors. */
  private void idle(int parallelism) throws IOException, InterruptedException {
    Map<Side, IdleProcess> processes = new EnumMap<>(Side.class);
    try {
      for (Side side : Side.values()) {
        if (options.has(side)) {
          processes.put(side, new IdleProcess(command(side, parallelism, TaskProbe.IDLE)));
        }
      }
      // The compilers of the JVMs finish what they began.
      TimeUnit.SECONDS.sleep(2);
      Map<Side, Double> before = new EnumMap<>(Side.class);
      long begun = System.nanoTime();
      for (var process : processes.entrySet()) {
        before.put(process.getKey(), process.getValue().used(""));
      }
      double ownBefore = processes.get(Side.BALLAST).used(SCHEDULER);
      TimeUnit.SECONDS.sleep(1 + options.runs());
      double seconds = (System.nanoTime() - begun) / 1e9;
      double own = processes.get(Side.BALLAST).used(SCHEDULER) - ownBefore;
      for (var process : processes.entrySet()) {
        Side side = process.getKey();
        double used = process.getValue().used("") - before.get(side);
        add(new Row(IdleProcess.WHOLE, parallelism), side, used / seconds);
      }
      add(new Row(IdleProcess.OWN, parallelism), Side.BALLAST, own / seconds);
    } finally {
      processes.values().forEach(IdleProcess::close);
    }
  }

  private void add(Row row, Side side, double value) {
    values
        .computeIfAbsent(row, _ -> new EnumMap<>(Side.class))
        .computeIfAbsent(side, _ -> new ArrayList<>())
        .add(value);
  }

  private String table(int rounds) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%nMedian [least–most] of %d rounds, JDK %s, %s, %d processors, load before %s.%n%n"
            .formatted(
                rounds,
                Runtime.version(),
                options.go() == null ? "no Go toolchain" : goVersion(options.go()),
                Runtime.getRuntime().availableProcessors(),
                options.load()));
    text.append("| | carriers | Ballast | JDK | Go | wanted | ratio | reached |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    values.forEach((row, bySide) -> text.append(line(row, bySide)));
    unavailable.forEach((row, why) -> {
      if (!values.containsKey(row)) {
        text.append(
            "| %s | %d | %s | | | %s | | no |%n"
                .formatted(row.figure(), row.parallelism(), why, wanted(Target.of(row.figure()))));
      }
    });
    return text.toString();
  }

  private static String line(Row row, Map<Side, List<Double>> bySide) {
    StringBuilder text = new StringBuilder();
    text.append("| %s | %d |".formatted(row.figure(), row.parallelism()));
    for (Side side : Side.values()) {
      text.append(' ').append(cell(row, bySide.getOrDefault(side, List.of()))).append(" |");
    }
    Target target = Target.of(row.figure());
    text.append(' ').append(wanted(target)).append(" |");
    List<Double> ours = bySide.getOrDefault(Side.BALLAST, List.of());
    if (target == null || ours.isEmpty()) {
      return text.append(" | |\n").toString();
    }
    Side peer = target.peer();
    if (peer == null) {
      return text.append(" | ")
          .append(yes(median(ours) <= target.atMost()))
          .append(" |\n")
          .toString();
    }
    List<Double> theirs = bySide.getOrDefault(peer, List.of());
    if (theirs.isEmpty()) {
      return text.append(" | no peer |\n").toString();
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      ratios.add(ours.get(i) / theirs.get(i));
    }
    return text.append(
            String.format(
                Locale.ROOT,
                " %.2f%s | %s |%n",
                median(ratios),
                range(ratios, "%.2f", 1),
                yes(median(ratios) <= target.atMost())))
        .toString();
  }

  private static String yes(boolean reached) {
    return reached ? "yes" : "no";
  }

  private static String wanted(@Nullable Target target) {
    if (target == null) {
      return "";
    }
    if (target.peer() != null) {
      return String.format(Locale.ROOT, "%.1f of %s's", target.atMost(), target.peer().title());
    }
    return target.atMost() == 0 ? "0" : Scale.of(target.atMost()).format(target.atMost());
  }

  private static String cell(Row row, List<Double> figures) {
    if (figures.isEmpty()) {
      return "";
    }
    double median = median(figures);
    boolean time = !row.figure().contains("CPU");
    Scale scale = time ? Scale.of(median) : Scale.PLAIN;
    return scale.format(median) + range(figures, scale.pattern, scale.unit);
  }

  private static String range(List<Double> figures, String pattern, double unit) {
    if (figures.size() < 2) {
      return "";
    }
    double least = figures.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double most = figures.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return String.format(
        Locale.ROOT, " [" + pattern + "–" + pattern + "]", least / unit, most / unit);
  }

  private static double median(List<Double> figures) {
    List<Double> sorted = figures.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /** How a number is written. */
  private enum Scale {
    PLAIN("", 1, "%.0f"),
    NANOSECONDS(" ns", 1, "%.0f"),
    TENTHS(" ns", 1, "%.1f"),
    MICROSECONDS(" µs", 1e3, "%.1f"),
    MILLISECONDS(" ms", 1e6, "%.1f");

    private final String suffix;
    private final double unit;
    private final String pattern;

    Scale(String suffix, double unit, String pattern) {
      this.suffix = suffix;
      this.unit = unit;
      this.pattern = pattern;
    }

    static Scale of(double nanoseconds) {
      if (nanoseconds >= MILLISECONDS.unit) {
        return MILLISECONDS;
      }
      if (nanoseconds >= MICROSECONDS.unit) {
        return MICROSECONDS;
      }
      return nanoseconds < 10 ? TENTHS : NANOSECONDS;
    }

    String format(double value) {
      return String.format(Locale.ROOT, pattern, value / unit) + suffix;
    }
  }

  private static String goVersion(Path program) {
    try {
      Process process = new ProcessBuilder("go", "version", program.toString()).start();
      String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return line.contains(": ") ? line.substring(line.indexOf(": ") + 2).strip() : "Go";
    } catch (IOException _) {
      return "Go";
    }
  }

  private static void write(Path document, String table) throws IOException {
    String text = Files.readString(document);
    int from = text.indexOf(BEGIN) + BEGIN.length();
    int to = text.indexOf(END);
    Files.writeString(document, text.substring(0, from) + "\n" + table + text.substring(to));
  }
}
