package dev.ballast.bench.stall;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassType;
import com.sun.jdi.Field;
import com.sun.jdi.Location;
import com.sun.jdi.LongValue;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector.Argument;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.connect.VMStartException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import dev.ballast.bench.queue.Subject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Throughput of four producers and four consumers, compiled, while a debugger stops one producer
 * for one second in every two, each time at the next line of the queue's {@code offer}.
 */
public final class Suspended {
  private static final int SECONDS_STOPPED = 1;
  private static final int SECONDS_RUNNING = 1;
  private static final int WARM_UP_SECONDS = 2;

  /**
   * @param running elements a second while nobody is stopped
   * @param stopped elements a second while one producer stands inside {@code offer}
   * @param least elements a second during the stop that hurt most
   * @param leastAt where that was
   * @param standstills stops during which less than a hundredth went through
   */
  public record Rates(
      double running, double stopped, double least, String leastAt, int standstills) {}

  private Suspended() {}

  /** One run over so many stops; spread over the lines, other ones each round. */
  public static Rates measure(Subject subject, int stops, int round)
      throws IOException, InterruptedException {
    String implementation = subject.create(2).getClass().getName();
    VirtualMachine machine = launch(subject);
    Process process = machine.process();
    process.getInputStream().close();
    process.getErrorStream().close();
    try {
      machine.resume();
      TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
      return run(machine, implementation, stops, round);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Rates run(VirtualMachine machine, String implementation, int stops, int round)
      throws InterruptedException {
    ClassType load = (ClassType) machine.classesByName(SuspendedLoad.class.getName()).getFirst();
    Field polled = load.fieldByName("polled");
    ThreadReference victim =
        machine.allThreads().stream()
            .filter(thread -> thread.name().equals(SuspendedLoad.VICTIM))
            .findFirst()
            .orElseThrow();
    List<Location> places = places(machine.classesByName(implementation).getFirst());
    double running = 0;
    double stopped = 0;
    double least = Double.MAX_VALUE;
    String leastAt = "";
    int standstills = 0;
    for (int stop = 0; stop < stops; stop++) {
      double before = rate(load, polled, SECONDS_RUNNING);
      running += before;
      // Some lines are off the victim's way: the next one then.
      int place = stop * places.size() / stops + round;
      int tries = 0;
      while (!stopAt(machine, victim, places.get(place % places.size()))) {
        place++;
        if (++tries > places.size()) {
          throw new IllegalStateException("nothing of offer was run: " + places);
        }
      }
      double during = rate(load, polled, SECONDS_STOPPED);
      victim.resume();
      stopped += during;
      if (during < least) {
        least = during;
        leastAt = "offer:" + places.get(place % places.size()).lineNumber();
      }
      if (during < before / 100) {
        standstills++;
      }
    }
    return new Rates(running / stops, stopped / stops, least, leastAt, standstills);
  }

  private static List<Location> places(ReferenceType type) {
    return type.methodsByName("offer").stream()
        .filter(method -> !method.isBridge() && !method.isAbstract())
        .flatMap(method -> {
          try {
            return method.allLineLocations().stream();
          } catch (com.sun.jdi.AbsentInformationException e) {
            throw new IllegalStateException("no lines in " + method, e);
          }
        })
        .toList();
  }

  private static boolean stopAt(VirtualMachine machine, ThreadReference victim, Location place)
      throws InterruptedException {
    BreakpointRequest request = machine.eventRequestManager().createBreakpointRequest(place);
    request.addThreadFilter(victim);
    request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
    request.enable();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
    boolean hit = false;
    while (!hit && System.nanoTime() < deadline) {
      EventSet events = machine.eventQueue().remove(100);
      if (events == null) {
        continue;
      }
      for (Event event : events) {
        hit |= event instanceof BreakpointEvent;
      }
      if (!hit) {
        events.resume();
      }
    }
    machine.eventRequestManager().deleteEventRequest(request);
    return hit;
  }

  private static double rate(ClassType load, Field polled, int seconds)
      throws InterruptedException {
    long before = ((LongValue) load.getValue(polled)).value();
    long begun = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    long after = ((LongValue) load.getValue(polled)).value();
    return (after - before) * 1e9 / (System.nanoTime() - begun);
  }

  private static VirtualMachine launch(Subject subject) throws IOException {
    var connector = Bootstrap.virtualMachineManager().defaultConnector();
    Map<String, Argument> arguments = connector.defaultArguments();
    arguments.get("main").setValue(SuspendedLoad.class.getName() + " " + subject.name());
    arguments
        .get("options")
        .setValue(
            "-Xms1g -Xmx1g -XX:+UseParallelGC --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"
                + " --sun-misc-unsafe-memory-access=allow -cp "
                + System.getProperty("java.class.path"));
    try {
      return connector.launch(arguments);
    } catch (IllegalConnectorArgumentsException | VMStartException e) {
      throw new IOException("cannot start a debugged process for " + subject, e);
    }
  }

  /** For a look at one queue: {@code Suspended SUBJECT STOPS}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    System.out.println(measure(Subject.named(arguments[0]), Integer.parseInt(arguments[1]), 0));
  }
}
