package dev.ballast.bench.stall;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassType;
import com.sun.jdi.Field;
import com.sun.jdi.Location;
import com.sun.jdi.StringReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector.Argument;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.connect.VMStartException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.StepEvent;
import com.sun.jdi.event.VMDeathEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import com.sun.jdi.request.StepRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Stops a thread at every step of {@code offer} and {@code poll} of one queue, one trial a step,
 * and records where the other threads could not go on. A queue is lock-free only if there is no
 * such place. Runs the queue in a process of its own, interpreted, with a debugger attached (JDI);
 * the queue's classes are not changed.
 *
 * <p>One sweep uses one thread, the caller's.
 */
public final class StallSweep {
  /** How fine the steps are. */
  public enum Grain {
    LINE("line", StepRequest.STEP_LINE),
    BYTECODE("bytecode", StepRequest.STEP_MIN);

    private final String title;
    private final int size;

    Grain(String title, int size) {
      this.title = title;
      this.size = size;
    }

    String title() {
      return title;
    }
  }

  /**
   * A place at which a stopped thread blocked the others.
   *
   * @param operation {@code offer} or {@code poll}
   * @param prefill elements in the queue before it
   * @param place class, method and line
   * @param outcome what the others could not do
   */
  public record Blocking(String operation, int prefill, String place, String outcome) {}

  /**
   * What a sweep found.
   *
   * @param stalls how many places a thread was stopped at
   * @param blocking those of them that blocked the others
   */
  public record Certificate(String subject, Grain grain, int stalls, List<Blocking> blocking) {}

  /** More steps than any operation here takes; a longer one is a loop that never ends. */
  private static final int STEP_LIMIT = 5_000;

  /** Time without progress after which the others count as blocked. */
  private static final long PATIENCE_MILLIS = 250;

  /**
   * The same for the second look at a place that seems to block: a loaded machine must not judge.
   */
  private static final long SECOND_PATIENCE_MILLIS = 1_200;

  private static final List<Integer> PREFILLS = List.of(0, 1, 15, 16);

  private final VirtualMachine machine;
  private final ClassType target;
  private final Grain grain;

  private StallSweep(VirtualMachine machine, ClassType target, Grain grain) {
    this.machine = machine;
    this.target = target;
    this.grain = grain;
  }

  /** Sweeps one queue. */
  public static Certificate sweep(String subject, Grain grain)
      throws IOException, InterruptedException {
    VirtualMachine machine = launch(subject);
    Process process = machine.process();
    drain(process.getInputStream());
    AtomicReference<String> complaint = new AtomicReference<>("");
    Thread errors = listen(process.getErrorStream(), complaint);
    try {
      ClassType target = awaitTarget(machine);
      return new StallSweep(machine, target, grain).run(subject);
    } catch (IllegalStateException | VMDisconnectedException e) {
      // The debugger only sees that the process is gone; it said why before.
      process.destroyForcibly();
      errors.join();
      throw new IllegalStateException(e.getMessage() + ": " + complaint.get(), e);
    } finally {
      process.destroyForcibly();
    }
  }

  private Certificate run(String subject) throws InterruptedException {
    breakAt("trialBegins");
    breakAt("enter");
    breakAt("verdict");
    machine.resume();
    int stalls = 0;
    List<Blocking> blocking = new ArrayList<>();
    for (boolean offering : new boolean[] {true, false}) {
      for (int prefill : PREFILLS) {
        for (int steps = 1; ; steps++) {
          Trial trial = trial(offering, prefill, steps, PATIENCE_MILLIS);
          if (!trial.outcome.isEmpty()) {
            trial = trial(offering, prefill, steps, SECOND_PATIENCE_MILLIS);
          }
          if (trial.place == null) {
            break;
          }
          stalls++;
          if (!trial.outcome.isEmpty()) {
            blocking.add(
                new Blocking(offering ? "offer" : "poll", prefill, trial.place, trial.outcome));
          }
        }
      }
    }
    return new Certificate(subject, grain, stalls, List.copyOf(blocking));
  }

  /** Where the victim stood (null: the operation ended before) and what the others could not do. */
  private record Trial(@Nullable String place, String outcome) {}

  private Trial trial(boolean offering, int prefill, int steps, long patience)
      throws InterruptedException {
    int left = steps;
    String place = null;
    StepRequest step = null;
    ThreadReference victim = null;
    while (true) {
      EventSet events = machine.eventQueue().remove();
      boolean resume = true;
      for (Event event : events) {
        switch (event) {
          case BreakpointEvent hit -> {
            switch (hit.location().method().name()) {
              case "trialBegins" -> {
                set("offering", machine.mirrorOf(offering));
                set("prefill", machine.mirrorOf(prefill));
                set("patienceMillis", machine.mirrorOf(patience));
              }
              case "enter" -> {
                victim = hit.thread();
                step = step(victim);
              }
              case "verdict" -> {
                String outcome = outcome();
                if (step != null) {
                  machine.eventRequestManager().deleteEventRequest(step);
                }
                events.resume();
                if (victim != null && place != null) {
                  victim.resume();
                }
                return new Trial(place, outcome);
              }
              default -> throw new IllegalStateException("breakpoint at " + hit.location());
            }
          }
          case StepEvent at -> {
            if (inTarget(at.location())) {
              if (at.location().method().name().equals("leave")) {
                // The operation ended before the wanted step.
                at.request().disable();
              }
            } else if (--left == 0 || steps - left > STEP_LIMIT) {
              place = describe(at.location());
              at.request().disable();
              set("stalled", machine.mirrorOf(true));
              // Only this thread stays where it is.
              resume = false;
            }
          }
          case VMDeathEvent _, VMDisconnectEvent _ ->
              throw new IllegalStateException("the process of the queue ended during a trial");
          default -> {}
        }
      }
      if (resume) {
        events.resume();
      }
    }
  }

  private StepRequest step(ThreadReference victim) {
    StepRequest request =
        machine.eventRequestManager().createStepRequest(victim, grain.size, StepRequest.STEP_INTO);
    for (String excluded : List.of("java.lang.*", "jdk.*", "sun.*")) {
      request.addClassExclusionFilter(excluded);
    }
    request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
    request.enable();
    return request;
  }

  private boolean inTarget(Location location) {
    return location.declaringType().name().startsWith(Target.class.getName());
  }

  private static String describe(Location location) {
    String type = location.declaringType().name();
    String line =
        location.lineNumber() < 0 ? "@" + location.codeIndex() : ":" + location.lineNumber();
    return type.substring(type.lastIndexOf('.') + 1) + "." + location.method().name() + line;
  }

  private void breakAt(String method) {
    BreakpointRequest request =
        machine
            .eventRequestManager()
            .createBreakpointRequest(target.methodsByName(method).getFirst().location());
    request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
    request.enable();
  }

  private void set(String name, com.sun.jdi.Value value) {
    Field field = target.fieldByName(name);
    try {
      target.setValue(field, value);
    } catch (com.sun.jdi.InvalidTypeException | com.sun.jdi.ClassNotLoadedException e) {
      throw new IllegalStateException("field " + name, e);
    }
  }

  private String outcome() {
    return target.getValue(target.fieldByName("outcome")) instanceof StringReference text
        ? text.value()
        : "";
  }

  private static VirtualMachine launch(String subject) throws IOException {
    LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
    Map<String, Argument> arguments = new LinkedHashMap<>(connector.defaultArguments());
    argument(arguments, "main", Target.class.getName() + " " + subject);
    argument(
        arguments,
        "options",
        "-Xint -Xmx256m -XX:+UseSerialGC --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"
            + " --sun-misc-unsafe-memory-access=allow"
            + " -cp "
            + System.getProperty("java.class.path"));
    try {
      return connector.launch(arguments);
    } catch (IllegalConnectorArgumentsException | VMStartException e) {
      throw new IOException("cannot start a debugged process for " + subject, e);
    }
  }

  private static void argument(Map<String, Argument> arguments, String name, String value) {
    Argument argument = arguments.get(name);
    if (argument == null) {
      throw new IllegalStateException("the debugger's connector has no argument " + name);
    }
    argument.setValue(value);
  }

  private static ClassType awaitTarget(VirtualMachine machine) throws InterruptedException {
    ClassPrepareRequest request = machine.eventRequestManager().createClassPrepareRequest();
    request.addClassFilter(Target.class.getName());
    request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
    request.enable();
    machine.resume();
    while (true) {
      EventSet events = machine.eventQueue().remove();
      for (Event event : events) {
        if (event instanceof ClassPrepareEvent prepared
            && prepared.referenceType() instanceof ClassType type) {
          return type;
        }
        if (event instanceof VMDeathEvent || event instanceof VMDisconnectEvent) {
          throw new IllegalStateException("the process of the queue ended before it began");
        }
      }
      events.resume();
    }
  }

  /** Keeps the first line in which the process says what is wrong. */
  private static Thread listen(InputStream stream, AtomicReference<String> complaint) {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (BufferedReader lines =
              new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              if (line.contains("Exception") || line.contains("Error")) {
                complaint.compareAndSet("", line);
              }
            }
          } catch (IOException _) {
            // The process ended.
          }
        });
  }

  private static void drain(InputStream stream) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (stream) {
            stream.transferTo(OutputStream.nullOutputStream());
          } catch (IOException _) {
            // The process ended.
          }
        });
  }
}
