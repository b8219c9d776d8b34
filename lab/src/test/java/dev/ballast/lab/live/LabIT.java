package dev.ballast.lab.live;

import static dev.ballast.lab.live.LabHolder.THREADS;
import static dev.ballast.lab.live.LabHolder.rack;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.lab.rack.Plan;
import dev.ballast.linux.process.Exit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LabIT {
  private static final String ID = "it" + ProcessHandle.current().pid() % 100_000;

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

  private Lab lab(String id) {
    return Lab.build(Labs.at(directory), rack(id), THREADS, _ -> {});
  }

  @Test
  void makes_what_the_plan_says_as_ip_sees_it() throws Exception {
    try (Lab lab = lab(ID)) {
      String n1 = lab.rack().network("n1");

      assertThat(Judge.networks()).containsAll(Plan.of(lab.rack()).networks());
      assertThat(Judge.run("ip", "-n", n1, "-br", "addr", "show", "dev", "eth0"))
          .contains("UP", "10.0.0.11/24");
      assertThat(Judge.run("ip", "-n", n1, "link", "show", "dev", "eth0"))
          .contains("02:b1:0a:00:00:0b");
      assertThat(Judge.run("ip", "-n", n1, "route")).contains("default via 10.0.0.1 dev eth0");
      assertThat(
              Judge.run("ip", "netns", "exec", n1, "cat", "/proc/sys/net/ipv4/conf/all/arp_ignore"))
          .isEqualTo("1");
      assertThat(
              Judge.run(
                  "ip", "-n", lab.rack().switchNetwork(), "-br", "link", "show", "master", "lan"))
          .contains("n1-eth0", "router-eth0")
          .doesNotContain("far1");
    }
    assertThat(directory.resolve(ID)).doesNotExist();
  }

  @Test
  void hosts_reach_each_other_through_the_router() throws Exception {
    try (Lab lab = lab(ID)) {
      var server =
          lab.inside(
              "far1",
              () -> {
                var socket = new java.net.ServerSocket();
                socket.bind(new InetSocketAddress(InetAddress.ofLiteral("10.0.1.11"), 80));
                return socket;
              });
      try (server) {
        int ttlHops =
            lab.inside(
                "n1",
                () -> {
                  try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress("10.0.1.11", 80), 5_000);
                    return 1;
                  }
                });

        assertThat(ttlHops).isEqualTo(1);
      }
      assertThat(Judge.run("ip", "-n", lab.rack().network("n1"), "neigh"))
          .as("only the router was asked for on the link")
          .contains("10.0.0.1 dev eth0 lladdr 02:b1:0a:00:00:01")
          .doesNotContain("10.0.1.11");
    }
  }

  @Test
  void a_host_has_a_name_a_run_directory_and_a_network_of_its_own() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (Lab lab = lab(ID)) {
      Machine machine =
          lab.start(
              "n1",
              Program.of("sh", "-c", "hostname; ls /sys/class/net; touch /run/mine; exec sleep 60"),
              lines::add);

      assertThat(lines.poll(20, TimeUnit.SECONDS)).isEqualTo("n1");
      assertThat(lines.poll(20, TimeUnit.SECONDS)).isEqualTo("eth0");
      Judge.await("the file", () -> Files.exists(lab.run("n1").resolve("mine")));
      assertThat(Path.of("/run/mine")).doesNotExist();
      assertThat(machine.memory().orElse(0)).isPositive();
      assertThat(Judge.run("ip", "netns", "pids", lab.rack().network("n1")))
          .isEqualTo(Long.toString(machine.pid()));
    }
  }

  @Test
  void a_killed_host_can_be_started_again_in_the_same_network() throws Exception {
    try (Lab lab = lab(ID)) {
      Machine first = lab.start("n1", Program.idle(), _ -> {});
      assertThatThrownBy(() -> lab.start("n1", Program.idle(), _ -> {}))
          .isInstanceOf(LabFailure.class)
          .hasMessageContaining("runs already");

      first.kill();
      assertThat(first.awaitEnd(Duration.ZERO)).contains(new Exit.Killed(9));
      Machine second = lab.start("n1", Program.idle(), _ -> {});

      assertThat(Judge.run("ip", "netns", "pids", lab.rack().network("n1")))
          .isEqualTo(Long.toString(second.pid()));
    }
  }

  @Test
  void a_paused_host_stops_and_goes_on() {
    try (Lab lab = lab(ID)) {
      Machine machine = lab.start("n1", Program.idle(), _ -> {});

      machine.pause();
      Judge.await("T", () -> Proc.state(machine.pid()).equals(java.util.Optional.of("T")));
      machine.resume();
      Judge.await("S", () -> Proc.state(machine.pid()).equals(java.util.Optional.of("S")));
    }
  }

  @Test
  void two_labs_stand_side_by_side() throws Exception {
    try (Lab one = lab(ID + "a");
        Lab two = lab(ID + "b")) {
      assertThat(Judge.networks())
          .containsAll(Plan.of(one.rack()).networks())
          .containsAll(Plan.of(two.rack()).networks());
      assertThat(Labs.at(directory).sweep()).as("both run").isEmpty();
      assertThatThrownBy(() -> lab(ID + "a")).hasMessageContaining("runs already");
      assertThat(Judge.networks()).containsAll(Plan.of(one.rack()).networks());
    }
  }

  @Test
  void does_not_take_a_name_that_is_another_s() throws Exception {
    String foreign = "blt-" + ID + "-far1";
    Judge.run("ip", "netns", "add", foreign);
    try {
      assertThatThrownBy(() -> lab(ID))
          .isInstanceOf(LabFailure.class)
          .hasMessageContaining("that this lab did not make");

      assertThat(Judge.networks()).as("all else was taken back").contains(foreign);
      assertThat(Judge.networks()).hasSize(before.size() + 1);
    } finally {
      Judge.run("ip", "netns", "delete", foreign);
    }
  }
}
