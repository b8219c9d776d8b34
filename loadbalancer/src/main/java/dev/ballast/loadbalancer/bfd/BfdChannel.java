package dev.ballast.loadbalancer.bfd;

import dev.ballast.loadbalancer.loop.Timers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Drives one session on timers and a way to send; all on one thread but {@link #standing}. */
final class BfdChannel {
  private final BfdSession session;
  private final Timers timers;
  private final RandomGenerator random;
  private final Consumer<byte[]> output;
  private final Consumer<Diagnostic> gone;
  private final double leastJitter;
  private BfdSession.Status status = BfdSession.Status.NEW;
  private Optional<Timers.Cancellation> transmit = Optional.empty();
  private Optional<Timers.Cancellation> detect = Optional.empty();
  private long heard;
  private Duration detection = Duration.ZERO;
  private boolean closed;
  private volatile BfdStanding standing =
      new BfdStanding(BfdState.DOWN, Diagnostic.NONE, 0, 0, 0, 0, 0);
  private long sent;
  private long received;
  private long dropped;
  private long ups;
  private long downs;

  /**
   * @param gone called when the peer, which was there, is gone
   */
  BfdChannel(
      BfdSession session,
      Timers timers,
      RandomGenerator random,
      Consumer<byte[]> output,
      Consumer<Diagnostic> gone) {
    this.session = session;
    this.timers = timers;
    this.random = random;
    this.output = output;
    this.gone = gone;
    this.leastJitter = session.leastJitter();
  }

  void start() {
    tick();
  }

  private void tick() {
    transmit = Optional.empty();
    if (closed) {
      return;
    }
    Duration interval = session.interval(status);
    if (!interval.isZero()) {
      send(session.packet(status, status.polling(), false));
      pace(interval);
    }
  }

  private void pace(Duration interval) {
    transmit.ifPresent(Timers.Cancellation::cancel);
    double share = 0.75 + random.nextDouble() * (0.25 - leastJitter);
    transmit =
        Optional.of(
            timers.after(Duration.ofNanos((long) (interval.toNanos() * share)), this::tick));
  }

  void received(BfdPacket packet) {
    if (!closed) {
      received++;
      apply(session.next(status, new BfdSession.Event.Received(packet)));
    }
  }

  void dropped() {
    dropped++;
    publish();
  }

  private void apply(BfdSession.Step step) {
    status = step.status();
    for (BfdSession.Action action : step.actions()) {
      switch (action) {
        case BfdSession.Action.Send(BfdPacket packet) -> send(packet);
        case BfdSession.Action.Detect(Duration time) -> expectWithin(time);
        case BfdSession.Action.Pace _ -> {
          Duration interval = session.interval(status);
          if (interval.isZero()) {
            transmit.ifPresent(Timers.Cancellation::cancel);
            transmit = Optional.empty();
          } else {
            pace(interval);
          }
        }
        case BfdSession.Action.Up _ -> ups++;
        case BfdSession.Action.Down(Diagnostic why) -> {
          downs++;
          gone.accept(why);
        }
        case BfdSession.Action.AdminDown _ -> downs++;
      }
    }
    publish();
  }

  /** One timer that is late is enough: it looks when it expires at how long ago was the last. */
  private void expectWithin(Duration time) {
    heard = timers.nanoTime();
    boolean sooner = time.compareTo(detection) < 0;
    detection = time;
    if (detect.isEmpty() || sooner) {
      detect.ifPresent(Timers.Cancellation::cancel);
      detect = Optional.of(timers.after(time, this::look));
    }
  }

  private void look() {
    detect = Optional.empty();
    if (closed) {
      return;
    }
    long left = heard + detection.toNanos() - timers.nanoTime();
    if (left > 0) {
      detect = Optional.of(timers.after(Duration.ofNanos(left), this::look));
    } else {
      apply(session.next(status, new BfdSession.Event.DetectionExpired()));
    }
  }

  private void send(BfdPacket packet) {
    sent++;
    output.accept(packet.encode());
  }

  private void publish() {
    standing =
        new BfdStanding(status.state(), status.diagnostic(), sent, received, dropped, ups, downs);
  }

  BfdStanding standing() {
    return standing;
  }

  /** Says goodbye: the peer learns that this is no failure of the path. */
  void close() {
    closed = true;
    transmit.ifPresent(Timers.Cancellation::cancel);
    detect.ifPresent(Timers.Cancellation::cancel);
    BfdSession.Status last =
        status.in(BfdState.ADMIN_DOWN, Diagnostic.ADMINISTRATIVELY_DOWN).polling(false);
    send(session.packet(last, false, false));
  }
}
