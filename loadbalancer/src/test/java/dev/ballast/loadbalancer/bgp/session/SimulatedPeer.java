package dev.ballast.loadbalancer.bgp.session;

import dev.ballast.lab.simulation.Simulation;
import dev.ballast.loadbalancer.bgp.message.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A driver of a session on a simulated network of two, which delays, breaks and cuts. */
final class SimulatedPeer {
  private final String name;
  private final Simulation simulation;
  private final Session session;
  private final Map<Timer, Simulation.Cancellation> timers = new HashMap<>();
  private final Map<Side, Pipe> pipes = new EnumMap<>(Side.class);
  private final Queue<Event> events = new ArrayDeque<>();
  private State state = new State.Idle();
  private @Nullable SimulatedPeer other;
  private @Nullable Pipe waiting;
  private long dialing;
  private boolean dialPending;
  private boolean cut;
  private boolean running;
  private int ups;
  private int downs;
  private int dials;
  private String failure = "";

  /** One TCP connection: in order, in both directions, until it breaks. */
  private final class Pipe {
    private final SimulatedPeer dialer;
    private final SimulatedPeer acceptor;
    private final Queue<Runnable> inOrder = new ArrayDeque<>();
    private boolean open = true;

    Pipe(SimulatedPeer dialer, SimulatedPeer acceptor) {
      this.dialer = dialer;
      this.acceptor = acceptor;
    }

    void send(SimulatedPeer from, Message message) {
      SimulatedPeer to = from == dialer ? acceptor : dialer;
      later(() -> to.sideOf(this).ifPresent(side -> to.on(new Event.Received(side, message))));
    }

    void close(SimulatedPeer from) {
      SimulatedPeer to = from == dialer ? acceptor : dialer;
      later(() -> {
        open = false;
        to.lost(this);
      });
    }

    private void later(Runnable body) {
      inOrder.add(body);
      deliver();
    }

    /** What is sent while the network is cut is sent again until it arrives. */
    private void deliver() {
      simulation.after(
          Duration.ofMillis(1 + simulation.random().nextInt(30)),
          () -> {
            if (!open) {
              return;
            }
            if (dialer.cut || acceptor.cut) {
              deliver();
              return;
            }
            inOrder.remove().run();
          });
    }
  }

  SimulatedPeer(String name, Simulation simulation, Session session) {
    this.name = name;
    this.simulation = simulation;
    this.session = session;
  }

  static void connect(SimulatedPeer a, SimulatedPeer b) {
    a.other = b;
    b.other = a;
  }

  private SimulatedPeer other() {
    if (other == null) {
      throw new IllegalStateException(name + " is not connected");
    }
    return other;
  }

  private Optional<Side> sideOf(Pipe pipe) {
    return pipes.entrySet().stream()
        .filter(entry -> entry.getValue() == pipe)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  void on(Event event) {
    events.add(event);
    if (running) {
      return;
    }
    running = true;
    while (!events.isEmpty()) {
      Session.Step step = session.next(state, events.remove());
      state = step.state();
      step.actions().forEach(this::act);
    }
    running = false;
  }

  private void act(Action action) {
    switch (action) {
      case Action.Dial _ -> dial();
      case Action.CancelDial _ -> {
        dialing++;
        dialPending = false;
      }
      case Action.Adopt _ -> {
        if (waiting != null) {
          pipes.put(Side.INCOMING, waiting);
          waiting = null;
        }
      }
      case Action.Refuse _ -> {
        if (waiting != null) {
          waiting.close(this);
          waiting = null;
        }
      }
      case Action.Send(Side side, Message message) -> {
        Pipe pipe = pipes.get(side);
        if (pipe == null) {
          throw new IllegalStateException(name + " sends on no connection: " + action);
        }
        pipe.send(this, message);
      }
      case Action.Close(Side side) -> {
        Pipe pipe = pipes.remove(side);
        if (pipe != null) {
          pipe.close(this);
        }
      }
      case Action.SetTimer(Timer timer, Duration after, boolean jitter) -> {
        cancel(timer);
        double share = jitter ? 0.75 + simulation.random().nextDouble() / 4 : 1;
        timers.put(
            timer,
            simulation.after(
                Duration.ofNanos((long) (after.toNanos() * share)),
                () -> {
                  timers.remove(timer);
                  on(new Event.Expired(timer));
                }));
      }
      case Action.CancelTimer(Timer timer) -> cancel(timer);
      case Action.Up _ -> ups++;
      case Action.Down(String reason) -> {
        downs++;
        failure = reason;
      }
      case Action.Failed(String reason) -> failure = reason;
      case Action.Deliver _, Action.Resend _ -> {}
    }
  }

  private void cancel(Timer timer) {
    Simulation.Cancellation running = timers.remove(timer);
    if (running != null) {
      running.cancel();
    }
  }

  private void dial() {
    dials++;
    dialPending = true;
    long attempt = ++dialing;
    simulation.after(
        Duration.ofMillis(1 + simulation.random().nextInt(20)),
        () -> {
          if (attempt != dialing || !dialPending) {
            return;
          }
          dialPending = false;
          if (cut || other().cut) {
            on(new Event.DialFailed("no route"));
            return;
          }
          Pipe pipe = new Pipe(this, other());
          pipes.put(Side.OUTGOING, pipe);
          other().waiting = pipe;
          other().on(new Event.Accepted());
          on(new Event.Dialed());
        });
  }

  private void lost(Pipe pipe) {
    sideOf(pipe)
        .ifPresent(side -> {
          pipes.remove(side);
          on(new Event.Lost(side, "closed"));
        });
  }

  /** Both ends see their connections break. */
  void breakConnections() {
    for (Pipe pipe : Map.copyOf(pipes).values()) {
      pipe.open = false;
      pipe.dialer.lost(pipe);
      pipe.acceptor.lost(pipe);
    }
  }

  /** Nothing passes for a while, and nobody is told. */
  void cut(Duration length) {
    cut = true;
    simulation.after(length, () -> cut = false);
  }

  /** The process dies without a word and begins anew. */
  void restart() {
    timers.values().forEach(Simulation.Cancellation::cancel);
    timers.clear();
    for (Pipe pipe : Map.copyOf(pipes).values()) {
      // Its kernel resets the connection.
      pipe.close(this);
    }
    pipes.clear();
    dialing++;
    dialPending = false;
    if (state instanceof State.Established) {
      downs++;
    }
    state = new State.Idle();
    on(new Event.Start());
  }

  State state() {
    return state;
  }

  int connections() {
    return pipes.size();
  }

  int timers() {
    return timers.size();
  }

  int ups() {
    return ups;
  }

  int downs() {
    return downs;
  }

  int dials() {
    return dials;
  }

  String lastFailure() {
    return failure;
  }

  @Override
  public String toString() {
    return name + " " + state.rfcName() + " " + pipes.keySet() + " last failure: " + failure;
  }
}
