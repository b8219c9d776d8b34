package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@link Races} and {@link WrongRaces} under jcstress, in a process of its own: two threads on
 * real processors, with the compiler told to reorder what it may.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
@TestInstance(Lifecycle.PER_CLASS)
class RacesIT {
  private static final int ROUNDS = Boolean.getBoolean("nightly") ? 20 : 2;
  private static final String VM =
      "-Xmx256m -XX:+UseParallelGC -XX:+UnlockDiagnosticVMOptions -XX:+StressLCM -XX:+StressGCM";

  private List<String> verdicts = List.of();
  private String report = "";

  @BeforeAll
  void run(@TempDir Path directory) throws IOException, InterruptedException {
    assumeTrue(
        Runtime.getRuntime().availableProcessors() > 1,
        "jcstress runs no race of two threads on one processor");
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.openjdk.jcstress.Main",
                "-t",
                "dev.ballast.queues.(Wrong)?Races",
                "-v",
                "-sc",
                "false",
                "-af",
                "NONE",
                "-f",
                "1",
                "-iters",
                Integer.toString(ROUNDS),
                "-strideSize",
                "64",
                "-strideCount",
                "16",
                "-time",
                "250",
                "-jvmArgs",
                VM)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("jcstress ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    report = Files.readString(output);
    verdicts =
        report
            .lines()
            .map(String::strip)
            .filter(line -> line.matches("\\.+ \\[(OK|FAILED|ERROR|.*)\\] dev\\.ballast\\..*"))
            .distinct()
            .toList();
  }

  private Stream<String> of(Class<?> races) {
    return verdicts.stream().filter(line -> line.contains("." + races.getSimpleName() + "."));
  }

  @Test
  void every_race_of_ours_ends_well() {
    long races =
        Stream.of(Races.class.getDeclaredClasses())
            .filter(type -> java.lang.reflect.Modifier.isPublic(type.getModifiers()))
            .count();

    assertThat(of(Races.class)).as(report).hasSize((int) races).allMatch(v -> v.contains("[OK]"));
  }

  @Test
  void what_is_published_without_order_is_found() {
    assertThat(of(WrongRaces.class))
        .as(report)
        .anyMatch(v -> v.contains("[FAILED]") && v.endsWith("PlainPublication"));
  }

  @Test
  void a_wake_up_that_is_lost_without_a_second_look_is_found() {
    assertThat(of(WrongRaces.class))
        .as(report)
        .anyMatch(v -> v.contains("[FAILED]") && v.endsWith("LostWakeUp"));
  }
}
