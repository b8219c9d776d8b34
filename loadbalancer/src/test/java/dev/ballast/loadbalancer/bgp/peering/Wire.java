package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * Two hosts in network namespaces with a wire between them: {@code router}, where a reference
 * program runs, and {@code node}, where the speaker does. 10.88.0.1 and fd88::1 are the router,
 * 10.88.0.2 and fd88::2 the node.
 */
public final class Wire implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String name = "blt-bgp-" + ProcessHandle.current().pid() + NUMBER.getAndIncrement();
  private final List<Daemon> daemons = new ArrayList<>();
  private final List<Path> directories = new ArrayList<>();
  private final Path temporary;

  /** Makes them; skips the test where that cannot be done. */
  public Wire(Path temporary) throws Exception {
    this.temporary = temporary;
    ReferenceProgram.required("ip");
    Ran probe = Ran.of("ip", "netns", "add", host("router"));
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(
          probe.exitCode() == 0, "network namespaces cannot be made here; run as root");
    }
    probe.orFail();
    Ran.ok("ip", "netns", "add", host("node"));
    for (String host : List.of("router", "node")) {
      in(host, "ip", "link", "set", "lo", "up");
      in(host, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1");
      in(host, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0");
      in(host, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
      in(host, "sysctl", "-qw", "net.ipv4.ip_forward=1");
      in(host, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
    }
    Ran.ok(
        "ip",
        "-n",
        host("router"),
        "link",
        "add",
        "eth0",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        host("node"));
    int number = 1;
    for (String host : List.of("router", "node")) {
      in(host, "ip", "addr", "add", "10.88.0." + number + "/24", "dev", "eth0");
      in(host, "ip", "addr", "add", "fd88::" + number + "/64", "dev", "eth0", "nodad");
      in(host, "ip", "link", "set", "eth0", "up");
      number++;
    }
  }

  public String host(String which) {
    return name + "-" + which;
  }

  /** Returns the file of a host's namespace. */
  public Path namespace(String which) {
    return Path.of("/run/netns", host(which));
  }

  /** Runs a command that must succeed on a host. */
  public String in(String which, String... command) throws Exception {
    return Ran.ok(prefix(which, List.of(command)).toArray(String[]::new));
  }

  private List<String> prefix(String which, List<String> command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", host(which)));
    all.addAll(command);
    return all;
  }

  /** Starts a program on a host. */
  public Daemon start(String which, String log, String... command) throws Exception {
    Daemon daemon = Daemon.start(temporary.resolve(log), Map.of(), prefix(which, List.of(command)));
    daemons.add(daemon);
    return daemon;
  }

  /** Starts FRR on the router; the daemons by name. */
  public void frr(String configuration, String... names) throws Exception {
    Path etc = Path.of("/etc/frr", name);
    Path run = Path.of("/var/run/frr", name);
    for (String daemon : names) {
      Assumptions.assumeTrue(
          Files.isExecutable(frrDaemon(daemon)) || "true".equals(System.getenv("CI")),
          "FRR is not on this machine; dev/peers installs it");
    }
    for (Path directory : List.of(etc, run)) {
      Files.createDirectories(directory);
      directories.add(directory);
    }
    Files.writeString(etc.resolve("vtysh.conf"), "");
    Files.writeString(etc.resolve("frr.conf"), configuration);
    Ran.ok("chown", "-R", "frr:frr", etc.toString(), run.toString());
    for (String daemon : names) {
      start(
          "router",
          daemon + ".log",
          frrDaemon(daemon).toString(),
          "-N",
          name,
          "-f",
          etc.resolve("frr.conf").toString(),
          "-A",
          "127.0.0.1",
          "-i",
          run.resolve(daemon + ".pid").toString(),
          "--log",
          "stdout");
    }
  }

  private static Path frrDaemon(String name) {
    return Path.of("/usr/lib/frr", name);
  }

  /** Returns what a program has said so far. */
  public String log(String program) throws IOException {
    return Files.readString(temporary.resolve(program + ".log"));
  }

  /** Runs commands of FRR's shell. */
  public String vtysh(String... commands) throws Exception {
    List<String> all =
        new ArrayList<>(List.of(ReferenceProgram.required("vtysh").toString(), "-N", name));
    for (String command : commands) {
      all.add("-c");
      all.add(command);
    }
    return in("router", all.toArray(String[]::new));
  }

  /** Returns the routes of the router's kernel that a routing protocol put there. */
  public String routes(String family) throws Exception {
    return in("router", "ip", family, "route", "show", "proto", "bgp");
  }

  /** Writes a file that a program on a host reads. */
  public Path file(String file, String content) throws IOException {
    Path path = temporary.resolve(file);
    Files.writeString(path, content);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    return path;
  }

  @Override
  public void close() throws Exception {
    daemons.reversed().forEach(Daemon::close);
    for (String host : List.of("router", "node")) {
      Ran.of("ip", "netns", "del", host(host));
    }
    for (Path directory : directories) {
      Ran.of("rm", "-rf", directory.toString());
    }
  }
}
