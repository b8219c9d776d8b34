package dev.ballast.cli.up;

import dev.ballast.cli.Terminal;
import dev.ballast.cli.Threads;
import dev.ballast.lab.live.Lab;
import dev.ballast.lab.live.Labs;
import dev.ballast.lab.rack.Plan;
import dev.ballast.lab.rack.Rack;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast up}: shows addresses, a failover and certificates on a lab of this machine. */
@Command(
    name = "up",
    description = {
      "Starts three nodes, a router and two clients in network namespaces of this machine, with"
          + " two services of type LoadBalancer; shows what runs, and what a client sees when the"
          + " owner of an address dies. Runs until Ctrl-C.",
      "Everything is removed when the command ends. An ordinary user can run it where the kernel"
          + " allows user namespaces."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every claim was seen on the wire",
      "1:a claim was not seen; the last line says which",
      "2:the command line was not understood"
    })
public final class UpCommand implements Callable<Integer> {
  private static final long TEARDOWN_SECONDS = 20;
  private static final int MOST_DRILLS = 1_000;

  /** What a shell takes for ended by Ctrl-C. */
  private static final int INTERRUPTED = 130;

  /** Kept in a field: the JVM forgets the level of a logger that nobody references. */
  private static final Logger LOGS = Logger.getLogger("dev.ballast");

  @Spec private CommandSpec spec;

  @Option(
      names = "--once",
      description = "Check every claim on the wire, print the measured result, and end.")
  private boolean once;

  @Option(
      names = "--drills",
      paramLabel = "N",
      defaultValue = "1",
      description = "How often the owner is taken away (default: ${DEFAULT-VALUE}).")
  private int drills = 1;

  @Option(
      names = "--fault",
      paramLabel = "KIND",
      defaultValue = "KILL",
      description =
          "How the owner is taken away: kill (kill -9), silence (kill -STOP) or stop (kill -TERM:"
              + " it hands over) (default: kill; with --once and one drill, each of them).")
  private Fault fault = Fault.KILL;

  @Option(
      names = "--tasks",
      description = "Suspend a running task, print its frames, and resume it.")
  private boolean tasks;

  @Option(names = "--dry-run", description = "Print what would be made and change nothing.")
  private boolean dryRun;

  @Option(
      names = "--id",
      paramLabel = "ID",
      defaultValue = "",
      description =
          "The lab's name in the names of its networks, 3 to 12 of a-z 0-9 (default: random).")
  private String id = "";

  @Override
  public Integer call() throws Exception {
    if (drills < 1 || drills > MOST_DRILLS) {
      throw new ParameterException(
          spec.commandLine(), "--drills takes 1 to " + MOST_DRILLS + ", not " + drills);
    }
    Rack rack = rack();
    if (dryRun) {
      Plan.of(rack).steps().forEach(step -> spec.commandLine().getOut().println(step));
      Topology.NODES.forEach(
          node -> spec.commandLine().getOut().println("process of node " + node));
      Topology.IDLE.forEach(host -> spec.commandLine().getOut().println("process of host " + host));
      return 0;
    }
    return OrdinaryUser.isNeeded() ? runAgain() : run(rack);
  }

  private int runAgain() {
    try {
      return OrdinaryUser.runAgain(arguments());
    } catch (RuntimeException e) {
      if (!once) {
        throw e;
      }
      return end(screen(), failed(e));
    }
  }

  private Rack rack() {
    try {
      return Topology.rack(id.isEmpty() ? LabPlace.newId() : id);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("up"));
    if (once) {
      arguments.add("--once");
    }
    arguments.add("--drills=" + drills);
    arguments.add("--fault=" + fault);
    if (tasks) {
      arguments.add("--tasks");
    }
    if (!id.isEmpty()) {
      arguments.add("--id=" + id);
    }
    if (isVerbose()) {
      arguments.add("-v");
    }
    return arguments;
  }

  private boolean isVerbose() {
    var option = spec.root().optionsMap().get("-v");
    return option != null && Boolean.TRUE.equals(option.getValue());
  }

  private int run(Rack rack) throws Exception {
    Screen screen = screen();
    CountDownLatch down = new CountDownLatch(1);
    Thread main = Thread.currentThread();
    // Ctrl-C and kill: the work is interrupted, and the process stays until all is taken back.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              main.interrupt();
              try {
                down.await(TEARDOWN_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
    try {
      return run(rack, screen);
    } finally {
      down.countDown();
    }
  }

  private int run(Rack rack, Screen screen) throws Exception {
    // The screen tells the events and problems that the roles of this process log as well.
    LOGS.setLevel(Level.SEVERE);
    Verdict verdict;
    try {
      verdict = show(rack, screen);
    } catch (InterruptedException | Interrupted e) {
      screen.step("stopped; everything is taken down");
      return INTERRUPTED;
    } catch (Exception e) {
      if (!once) {
        throw e;
      }
      verdict = failed(e);
    }
    // Only now, so that it is the last line: that everything came down is a part of it.
    screen.step("everything is taken down");
    return end(screen, verdict);
  }

  private Screen screen() {
    CommandLine line = spec.commandLine();
    return new Screen(
        line.getOut(),
        line.getErr(),
        line.getColorScheme().ansi(),
        Terminal.isStandardError() ? line.getColorScheme().ansi() : Ansi.OFF,
        isVerbose());
  }

  private Verdict failed(Exception e) {
    if (isVerbose()) {
      e.printStackTrace(spec.commandLine().getErr());
    }
    return new Verdict(false, String.valueOf(e.getMessage()));
  }

  private static int end(Screen screen, Verdict verdict) {
    screen.verdict(verdict.ok(), "up: " + (verdict.ok() ? "ok: " : "failed: ") + verdict.why());
    return verdict.ok() ? 0 : 1;
  }

  private Verdict show(Rack rack, Screen screen) throws Exception {
    Labs labs = Labs.at(LabPlace.directory(System.getenv(), !OrdinaryUser.isRootOfUserNamespace()));
    labs.sweep().forEach(what -> screen.step("removed what a killed run left: " + what));
    screen.step(
        "making %d networks and %d hosts in namespaces blt-%s-*"
            .formatted(Plan.of(rack).networks().size(), rack.hosts().size(), rack.id()));
    try (Lab lab = Lab.build(labs, rack, Threads.WIRED, UpCommand::checkInterrupted)) {
      return new Show(lab, screen, new Show.Options(drills, fault, tasks, once)).run();
    }
  }

  /** Ends a build between two steps. */
  private static void checkInterrupted(Object step) {
    if (Thread.interrupted()) {
      throw new Interrupted();
    }
  }

  private static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Interrupted() {
      super("interrupted");
    }
  }
}
