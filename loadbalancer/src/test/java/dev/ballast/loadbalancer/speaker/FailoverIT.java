package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Speakers as processes on hosts of their own, judged by arping and by the neighbour table of the
 * client's kernel.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FailoverIT {
  private static final Pattern ANSWER =
      Pattern.compile("(?i) from .*?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})");
  private static final String VIP = "10.77.0.100";

  private static final List<String> NODES = List.of("n1", "n2", "n3");

  @TempDir private Path logs;
  private final Map<String, Process> speakers = new LinkedHashMap<>();
  private Rack rack;

  @BeforeEach
  void build() throws Exception {
    need("ip", "arping");
    rack = new Rack("n1", "n2", "n3", "client", "stranger");
    for (String node : NODES) {
      start(node);
    }
  }

  @AfterEach
  void takeDown() throws Exception {
    for (Process speaker : speakers.values()) {
      speaker.destroyForcibly().waitFor();
    }
    if (rack != null) { // Skipped before it was made.
      rack.close();
    }
  }

  @Test
  void only_the_owner_answers_and_another_takes_over_when_it_is_killed() throws Exception {
    String owner = settledOwner();
    List<String> answers = answers(3);
    assertThat(answers).isNotEmpty().containsOnly(rack.mac(owner));
    learnNeighbour();

    long killed = System.nanoTime();
    speakers.get(owner).destroyForcibly();
    String next = neighbourChangesFrom(rack.mac(owner));
    long millis = (System.nanoTime() - killed) / 1_000_000;

    assertThat(next).isIn(macsBut(owner));
    assertThat(answers(2)).isNotEmpty().containsOnly(next);
    assertThat(millis)
        .as("milliseconds until the client's kernel has the new owner")
        .isLessThan(1_500);
  }

  @Test
  void a_stopped_owner_is_replaced_and_takes_nothing_back_when_it_goes_on() throws Exception {
    String owner = settledOwner();
    learnNeighbour();
    signal(owner, "STOP");
    String next = neighbourChangesFrom(rack.mac(owner));

    // Requests that wait for the stopped one are answered by the other.
    assertThat(answers(2)).isNotEmpty().containsOnly(next);
    signal(owner, "CONT");
    await(() -> log(owner).contains("withdrawn notOwner"));
    assertThat(answers(3)).isNotEmpty().containsOnly(next);
    assertThat(neighbour()).contains(next);
  }

  @Test
  void an_owner_that_leaves_is_replaced_at_once() throws Exception {
    String owner = settledOwner();
    learnNeighbour();
    long asked = System.nanoTime();
    speakers.get(owner).getOutputStream().close();

    String next = neighbourChangesFrom(rack.mac(owner));
    long millis = (System.nanoTime() - asked) / 1_000_000;

    assertThat(millis).as("milliseconds").isLessThan(1_000);
    assertThat(next).isIn(macsBut(owner));
    assertThat(speakers.get(owner).waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(log(owner)).contains("withdrawn notOwner").endsWith("left\n");
  }

  @Test
  void a_stranger_that_has_the_address_is_reported_and_a_speaker_that_comes_back_is_not()
      throws Exception {
    String owner = settledOwner();
    for (String node : NODES) {
      if (!node.equals(owner)) {
        speakers.get(node).destroyForcibly().waitFor();
        start(node);
        await(() -> log(node).contains("started"));
      }
    }
    String mac = "02:00:00:00:00:99";
    rack.on("stranger", "bash", "-c", "echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_notify");
    rack.on("stranger", "ip", "addr", "add", VIP + "/32", "dev", "eth0");
    await(() -> {
      // The kernel says what it has each time that the interface's address is set.
      rack.on("stranger", "ip", "link", "set", "eth0", "address", mac);
      return logs().contains("conflict " + VIP + " " + mac + " eth0");
    });

    assertThat(logs().lines().filter(line -> line.startsWith("conflict ")))
        .allMatch(line -> line.contains(mac));
  }

  private void start(String node) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(node, VIP));
    for (String peer : NODES) {
      arguments.add(peer + "=" + Rack.address(NODES.indexOf(peer) + 1));
    }
    speakers.put(
        node,
        rack.java(
            node, logs.resolve(node), SpeakerProcess.class, arguments.toArray(String[]::new)));
  }

  /** Waits until every speaker runs and one of them, always the same, answers. */
  private String settledOwner() throws Exception {
    for (String node : NODES) {
      await(() -> log(node).contains("started"));
    }
    // The first that was ready has it and keeps it; the order of the hash counts among equals.
    List<String> owners = new ArrayList<>();
    await(() -> {
      List<String> macs = answers(3);
      owners.clear();
      for (String node : NODES) {
        String mac = rack.mac(node);
        if (macs.size() == 3 && macs.stream().allMatch(mac::equals)) {
          owners.add(node);
        }
      }
      return owners.size() == 1;
    });
    return owners.getFirst();
  }

  private List<String> macsBut(String owner) throws Exception {
    List<String> macs = new ArrayList<>();
    for (String node : NODES) {
      if (!node.equals(owner)) {
        macs.add(rack.mac(node));
      }
    }
    return macs;
  }

  /** Who answers arping, once for each answer; of either of the programs of that name. */
  private List<String> answers(int requests) throws Exception {
    String out =
        rack.on("client", "arping", "-c", "" + requests, "-w", "" + requests, "-I", "eth0", VIP);
    return ANSWER
        .matcher(out)
        .results()
        .map(answer -> answer.group(1).toLowerCase(Locale.ROOT))
        .toList();
  }

  /** Lets the client's kernel ask, so that it has an entry that a gratuitous packet changes. */
  private void learnNeighbour() throws Exception {
    await(() -> {
      rack.on("client", "bash", "-c", "echo > /dev/udp/" + VIP + "/9");
      return neighbour().contains("lladdr");
    });
  }

  private String neighbour() throws Exception {
    return rack.on("client", "ip", "neigh", "show", VIP);
  }

  private String neighbourChangesFrom(String mac) throws Exception {
    await(() -> neighbour().contains("lladdr") && !neighbour().contains(mac));
    return neighbour().replaceAll("(?s).*lladdr (\\S+).*", "$1");
  }

  private void signal(String node, String name) throws Exception {
    Rack.run("kill", "-" + name, "" + speakers.get(node).pid());
  }

  private String log(String node) throws Exception {
    Path log = logs.resolve(node);
    return Files.exists(log) ? Files.readString(log) : "";
  }

  private String logs() throws Exception {
    StringBuilder all = new StringBuilder();
    for (String node : NODES) {
      all.append(log(node));
    }
    return all.toString();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(until);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static void need(String... programs) throws Exception {
    for (String program : programs) {
      boolean there =
          new ProcessBuilder("bash", "-c", "command -v " + program).start().waitFor() == 0;
      if (!"true".equals(System.getenv("CI"))) {
        assumeTrue(there, program + " is missing; install the package that has it");
      }
      assertThat(there).as(program + " is installed").isTrue();
    }
    boolean namespaces =
        new ProcessBuilder("bash", "-c", "ip netns add blt-probe-$$ && ip netns del blt-probe-$$")
                .start()
                .waitFor()
            == 0;
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(namespaces, "network namespaces can not be made here; run as root");
    }
    assertThat(namespaces).isTrue();
  }
}
