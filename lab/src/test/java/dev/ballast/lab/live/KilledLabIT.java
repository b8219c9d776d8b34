package dev.ballast.lab.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds when the process that made a lab is killed. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KilledLabIT {
  private static final String ID = "k" + ProcessHandle.current().pid() % 100_000;

  @TempDir Path directory;
  private List<String> before = List.of();

  @BeforeEach
  void rights() throws Exception {
    Judge.require("ip", "setpriv", "sleep");
    before = Judge.networks();
  }

  @AfterEach
  void nothing_is_left() throws Exception {
    assertThat(Judge.networks()).isEqualTo(before);
  }

  private Process holder(int steps) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            LabHolder.class.getName(),
            directory.toString(),
            ID,
            Integer.toString(steps))
        .redirectError(directory.resolve("holder.err").toFile())
        .start();
  }

  /** Reads to "held" or the end; gives the hosts' processes. */
  private static List<Long> processes(Process holder) throws IOException {
    List<Long> processes = new ArrayList<>();
    BufferedReader lines = holder.inputReader();
    String line;
    while ((line = lines.readLine()) != null && !line.equals("held")) {
      if (line.startsWith("process ")) {
        processes.add(Long.parseLong(line.substring("process ".length())));
      }
    }
    return processes;
  }

  private static boolean isGone(long pid) {
    return Proc.state(pid).filter(state -> !state.equals("Z")).isEmpty();
  }

  @Test
  void no_host_outlives_it_not_even_a_stopped_one() throws Exception {
    Process holder = holder(0);
    List<Long> hosts = processes(holder);
    assertThat(hosts).hasSize(3);
    Judge.run("kill", "-STOP", Long.toString(hosts.getFirst()));

    holder.destroyForcibly().waitFor();

    for (long host : hosts) {
      Judge.await("the end of " + host, () -> isGone(host));
    }
    assertThat(Labs.at(directory).sweep()).isNotEmpty();
    assertThat(directory.resolve(ID)).doesNotExist();
  }

  @Test
  void the_next_start_removes_what_it_left_and_nothing_else() throws Exception {
    Process holder = holder(0);
    processes(holder);
    holder.destroyForcibly().waitFor();
    String similar = "blt-" + ID + "-n9";
    String renewed = "blt-" + ID + "-n1";
    Judge.run("ip", "netns", "add", similar);
    // Somebody has deleted a name of the lab's and made another namespace under it.
    Judge.run("ip", "netns", "delete", renewed);
    Judge.run("ip", "netns", "add", renewed);
    try {
      List<String> removed = Labs.at(directory).sweep();

      assertThat(removed)
          .contains("network namespace blt-" + ID + "-switch")
          .doesNotContain("network namespace " + similar, "network namespace " + renewed);
      assertThat(Judge.networks()).contains(similar, renewed).hasSize(before.size() + 2);
      assertThat(Labs.at(directory).sweep()).as("a repeat finds nothing").isEmpty();
    } finally {
      Judge.run("ip", "netns", "delete", similar);
      Judge.run("ip", "netns", "delete", renewed);
    }
  }

  @Test
  void a_kill_after_any_step_is_cleaned() throws Exception {
    for (int steps : List.of(1, 3, 7, 14)) {
      Process holder = holder(steps);
      processes(holder);
      assertThat(holder.waitFor()).isEqualTo(137);
      assertThat(Judge.networks()).hasSizeGreaterThan(before.size());

      Labs.at(directory).sweep();

      assertThat(Judge.networks()).as("killed after step " + steps).isEqualTo(before);
    }
  }

  @Test
  void a_kill_at_any_instant_is_cleaned() throws Exception {
    Random random = new Random(20_261_123);
    for (int round = 0; round < 6; round++) {
      Process holder = holder(0);
      // From the first step on: before that there is nothing to be left.
      holder.inputReader().readLine();
      boolean ended = holder.waitFor(random.nextInt(60_000), TimeUnit.MICROSECONDS);
      assertThat(ended).as("the holder stays").isFalse();
      holder.destroyForcibly().waitFor();

      Labs.at(directory).sweep();

      assertThat(Judge.networks()).as("round " + round).isEqualTo(before);
      assertThat(Files.list(directory).filter(Files::isDirectory)).isEmpty();
    }
  }

  @Test
  void what_is_no_lab_s_directory_stays() throws Exception {
    Path foreign = Files.createDirectory(directory.resolve("precious"));
    Files.writeString(foreign.resolve("journal"), "dear diary\n");

    assertThat(Labs.at(directory).sweep()).isEmpty();

    assertThat(foreign.resolve("journal")).exists();
  }
}
