package dev.ballast.lab.live;

import dev.ballast.lab.rack.Plan;
import dev.ballast.lab.rack.Rack;
import dev.ballast.lab.rack.Step;
import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.mount.Mounts;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.netlink.RouteSocket;
import dev.ballast.linux.process.ChildProcess;
import dev.ballast.linux.process.Command;
import dev.ballast.linux.process.Spawner;
import dev.ballast.linux.process.Stdio;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * A rack that exists: named network namespaces, cables between them, and hosts that run as
 * processes in network, mount and UTS namespaces of their own. No process outlives this one, also
 * when it is killed; names that a kill leaves behind are removed by {@link Labs#sweep} in the next
 * one. Needs root, or the root of a user namespace.
 *
 * <p>Safe for use by any thread; calls that start and stop machines wait for each other.
 */
public final class Lab implements AutoCloseable {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Rack rack;
  private final Labs.Place place;
  private final Inside inside;
  private final Networks networks;
  private final Spawner spawner;
  private final ThreadFactory threads;
  private final Map<String, Machine> machines = new LinkedHashMap<>();

  private Lab(Rack rack, Labs.Place place, ThreadFactory threads) {
    this.rack = rack;
    this.place = place;
    this.threads = threads;
    inside = new Inside(threads);
    networks = new Networks(place.journal(), inside);
    spawner = Spawner.open(threads);
  }

  /**
   * Makes everything of a rack but its processes. What was made is taken back when something fails.
   *
   * @param threads gives platform threads, best daemons
   * @param done told of each step when it is done
   */
  public static Lab build(Labs labs, Rack rack, ThreadFactory threads, Consumer<Step> done) {
    Lab lab = new Lab(rack, labs.take(rack.id()), threads);
    try {
      for (Step step : Plan.of(rack).steps()) {
        lab.perform(step);
        done.accept(step);
      }
      return lab;
    } catch (RuntimeException e) {
      try {
        lab.close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private void perform(Step step) {
    try {
      networks.perform(step);
    } catch (LinuxException e) {
      throw new LabFailure("cannot make " + step + ": " + e.getMessage(), remedy(e), e);
    }
  }

  private static String remedy(LinuxException e) {
    return e.is(Errno.EPERM)
        ? "run as root, or where the kernel allows user namespaces"
        : "look whether the kernel has veth and bridge (modprobe veth bridge)";
  }

  public Rack rack() {
    return rack;
  }

  /** The lab's own directory; removed with it. */
  public Path directory() {
    return place.directory();
  }

  /** What a host sees as {@code /run}. */
  public Path run(String host) {
    return hostDirectory(host).resolve("run");
  }

  /** Where the standard error of a host's processes goes. */
  public Path log(String host) {
    return hostDirectory(host).resolve("log");
  }

  private Path hostDirectory(String host) {
    return directory().resolve("hosts").resolve(rack.host(host).name());
  }

  /**
   * Starts a host's process.
   *
   * @param lines told, on a thread of its own, of each line on its standard output
   * @throws LabFailure when one runs already
   */
  public synchronized Machine start(String host, Program program, Consumer<String> lines) {
    Machine former = machines.get(host);
    if (former != null && former.isAlive()) {
      throw new LabFailure(former + " runs already", "end it first");
    }
    if (former != null) {
      former.close();
    }
    Path run = run(host);
    try {
      Files.createDirectories(run);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + run, e);
    }
    ChildProcess process =
        spawner.start(
            new Command(
                program.arguments(),
                environment(program),
                Path.of("/"),
                new Stdio.Null(),
                new Stdio.Pipe(),
                new Stdio.AppendTo(log(host)),
                List.of(networks.namespace(rack.network(host))),
                Set.of(NamespaceKind.MOUNT, NamespaceKind.UTS),
                () -> furnish(host, run),
                false));
    Proc.start(process.pid()).ifPresent(start -> place.journal().process(process.pid(), start));
    Machine machine = Machine.of(host, process, lines, threads);
    machines.put(host, machine);
    return machine;
  }

  private static Map<String, String> environment(Program program) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", PATH);
    environment.put("LANG", "C.UTF-8");
    environment.put("HOME", "/root");
    environment.putAll(program.environment());
    return environment;
  }

  private static void furnish(String host, Path run) {
    CurrentThread.hostname(host);
    Mounts.bind(run, Path.of("/run"));
    try {
      Mounts.sysfs(Path.of("/sys"));
    } catch (LinuxException e) {
      // A container that hides parts of /sys does not let others see it whole: then the host sees
      // the outer one, which nothing of ours reads.
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
    }
  }

  /** The process of a host, if one was started; it may have ended. */
  public synchronized Optional<Machine> machine(String host) {
    return Optional.ofNullable(machines.get(host));
  }

  /** Runs a body on a thread inside a host's network, and waits for it. */
  public <T> T inside(String host, Callable<T> body) {
    return inside.call(networks.namespace(rack.network(host)), body);
  }

  /** A thread that will run inside a host's network; not started. */
  public Thread thread(String host, Runnable body) {
    Namespace network = networks.namespace(rack.network(host));
    return threads.newThread(() -> {
      network.enter();
      body.run();
    });
  }

  /** What a host's kernel knows of its network; changes too. One caller at a time. */
  public RouteSocket routes(String host) {
    return networks.routes(rack.network(host));
  }

  /** Ends all processes and removes everything. A repeat is harmless. */
  @Override
  public synchronized void close() {
    machines.values().forEach(Machine::close);
    machines.clear();
    spawner.close();
    networks.close();
    place.close();
  }
}
