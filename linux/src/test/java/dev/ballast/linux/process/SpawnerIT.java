package dev.ballast.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.Root;
import dev.ballast.linux.namespace.NamedNetwork;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.thread.CurrentThread;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SpawnerIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final String name = "blt-spawn-" + ProcessHandle.current().pid();
  private final Spawner spawner =
      Spawner.open(Thread.ofPlatform().daemon().name("spawner").factory());

  @BeforeEach
  void rights() {
    Root.require("ip", "setpriv", "unshare");
  }

  @AfterEach
  void close() {
    spawner.close();
    NamedNetwork.delete(name);
  }

  private String outputOf(Command command) throws Exception {
    try (ChildProcess child = spawner.start(command.output(new Stdio.Pipe()))) {
      String text = new String(child.output().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertThat(child.waitFor(SOON)).contains(new Exit.Status(0));
      return text;
    }
  }

  @Test
  void starts_a_program_inside_a_named_network() throws Exception {
    try (Namespace network = Root.onThread(() -> NamedNetwork.create(name))) {
      String seen = outputOf(Command.of("readlink", "/proc/self/ns/net").in(network));

      assertThat(seen).isEqualTo(network.id().toString());
      assertThat(outputOf(Command.of("readlink", "/proc/self/ns/net")))
          .as("the next child is back home")
          .isEqualTo(Namespace.currentId(NamespaceKind.NET).toString());
    }
  }

  @Test
  void gives_a_host_name_and_mounts_of_its_own() throws Exception {
    String home = outputOf(Command.of("hostname"));
    Command fresh =
        Command.of("sh", "-c", "hostname; ls /mnt; touch /mnt/here")
            .inFresh(NamespaceKind.UTS, NamespaceKind.MOUNT)
            .prepare(() -> {
              CurrentThread.hostname("blt-host");
              dev.ballast.linux.mount.Mounts.tmpfs(Path.of("/mnt"), "size=1m");
            });

    assertThat(outputOf(fresh)).isEqualTo("blt-host");
    assertThat(outputOf(Command.of("hostname"))).isEqualTo(home);
    assertThat(Files.exists(Path.of("/mnt/here"))).isFalse();
  }

  /** Most are stopped before they could ask the kernel to be killed with their parent. */
  @RepeatedTest(20)
  void kills_its_children_when_it_closes_even_a_stopped_one() {
    ChildProcess child = spawner.start(Command.of("sleep", "1000"));
    child.signal(Signal.STOP);

    spawner.close();

    assertThat(child.waitFor(SOON)).contains(new Exit.Killed(9));
    child.close();
  }

  @Test
  void children_die_with_a_parent_that_was_killed_hard() throws Exception {
    Process parent =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ParentOfStopped.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8));
    List<Pidfd> children = new ArrayList<>();
    for (int i = 0; i < ParentOfStopped.CHILDREN; i++) {
      children.add(Pidfd.open(Long.parseLong(String.valueOf(lines.readLine()))).orElseThrow());
    }
    try {
      assertThat(children).allMatch(Pidfd::isAlive);
      parent.destroyForcibly().waitFor();

      assertThat(children).allMatch(child -> child.awaitExit(SOON));
    } finally {
      children.forEach(child -> child.signal(Signal.KILL));
      children.forEach(Pidfd::close);
    }
  }

  /** Starts children, stops each at once, tells their numbers, and waits to be killed. */
  static final class ParentOfStopped {
    static final int CHILDREN = 20;

    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws Exception {
      Spawner spawner = Spawner.open(Thread.ofPlatform().factory());
      for (int i = 0; i < CHILDREN; i++) {
        ChildProcess child = spawner.start(Command.of("sleep", "1000"));
        child.signal(Signal.STOP);
        System.out.println(child.pid());
      }
      System.out.flush();
      Thread.sleep(Duration.ofHours(1));
    }
  }

  @Test
  void leads_a_session_of_its_own_with_no_signal_blocked_and_no_stray_descriptor()
      throws Exception {
    try (var stray = dev.ballast.linux.Fd.open(Path.of("/dev/null"), 0)) {
      assertThat(stray.isClosed()).isFalse();
      String facts =
          outputOf(
              Command.of(
                  "sh",
                  "-c",
                  "awk '{print ($1 == $6 && $1 == $5)}' /proc/$$/stat; "
                      + "grep ^SigBlk /proc/self/status"));
      // Its own three, and the one that it reads the directory by.
      String descriptors = outputOf(Command.of("ls", "/proc/self/fd"));

      assertThat(facts.lines()).containsExactly("1", "SigBlk:\t0000000000000000");
      assertThat(descriptors.lines()).containsExactly("0", "1", "2", "3");
    }
  }

  @Test
  void tells_status_and_signal_apart() {
    try (ChildProcess child = spawner.start(Command.of("sh", "-c", "exit 7"))) {
      assertThat(child.waitFor(SOON)).contains(new Exit.Status(7));
      assertThat(child.signal(Signal.TERM)).isFalse();
    }
    try (ChildProcess child = spawner.start(Command.of("sleep", "1000"))) {
      assertThat(child.waitFor(Duration.ZERO)).isEmpty();
      assertThat(child.signalGroup(Signal.TERM)).isTrue();
      assertThat(child.waitFor(SOON)).contains(new Exit.Killed(15));
    }
  }

  @Test
  void a_close_kills_the_group_and_leaves_no_zombie() {
    ChildProcess child = spawner.start(Command.of("sh", "-c", "sleep 1000 & wait"));

    child.close();

    assertThat(Files.exists(Path.of("/proc/" + child.pid()))).isFalse();
  }

  @Test
  void writes_to_and_reads_from_the_child(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("err");
    try (ChildProcess child =
        spawner.start(
            Command.of("sh", "-c", "cat; echo oops >&2; pwd")
                .directory(directory)
                .input(new Stdio.Pipe())
                .output(new Stdio.Pipe())
                .error(new Stdio.AppendTo(log)))) {
      child.input().write("hello\n".getBytes(StandardCharsets.UTF_8));
      child.input().close();

      assertThat(new String(child.output().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("hello\n" + directory + "\n");
      assertThat(child.waitFor(SOON)).contains(new Exit.Status(0));
      assertThat(log).hasContent("oops\n");
    }
  }

  @Test
  void becomes_root_of_a_new_user_namespace_and_still_dies_with_the_spawner() throws Exception {
    Command rooted = Command.of("id", "-u").asRootOfNewUserNamespace();
    assertThat(outputOf(rooted)).isEqualTo("0");
    ChildProcess child =
        spawner.start(
            Command.of("sh", "-c", "echo up; exec sleep 1000")
                .asRootOfNewUserNamespace()
                .output(new Stdio.Pipe()));
    assertThat(child.output().read()).isEqualTo('u');

    spawner.close();

    assertThat(child.waitFor(SOON)).contains(new Exit.Killed(9));
    child.close();
  }

  @Test
  void a_program_that_is_not_there_ends_with_127_and_a_directory_that_is_not_there_is_named() {
    try (ChildProcess child =
        spawner.start(Command.of("/no/such/program").error(new Stdio.Null()))) {
      assertThat(child.waitFor(SOON)).contains(new Exit.Status(127));
    }
    assertThatThrownBy(() -> spawner.start(Command.of("true").directory(Path.of("/no/such"))))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("/no/such")
        .hasMessageContaining("ENOENT");
  }

  /** Tries to give a child a host name of its own, then starts one that needs none. */
  static final class Unprivileged {
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) {
      try (Spawner spawner = Spawner.open(Thread.ofPlatform().factory())) {
        try {
          spawner.start(Command.of("true").inFresh(NamespaceKind.UTS)).close();
          System.out.println("started");
        } catch (LinuxException e) {
          System.out.println(e.getMessage());
        }
        try (ChildProcess child = spawner.start(Command.of("true"))) {
          System.out.println(child.waitFor(SOON).orElseThrow());
        }
      }
    }
  }

  @Test
  void refuses_to_leave_a_namespace_of_another_user_namespace_and_serves_on() throws Exception {
    String java = ProcessHandle.current().info().command().orElseThrow();
    String path = System.getProperty("java.class.path");
    String flag = "--enable-native-access=ALL-UNNAMED";
    String name = Unprivileged.class.getName();

    String lost = outputOf(Command.of(java, flag, "-cp", path, name).asRootOfNewUserNamespace());
    String owned =
        outputOf(
            Command.of("unshare", "-U", "-r", "-m", "-n", "-u", java, flag, "-cp", path, name));

    assertThat(lost).contains("EPERM", "could not come back", "unshare --user", "exit status 0");
    assertThat(owned.lines()).containsExactly("started", "exit status 0");
  }

  @Test
  void refuses_to_start_when_closed() {
    spawner.close();

    assertThatThrownBy(() -> spawner.start(Command.of("true")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
