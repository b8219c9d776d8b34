package dev.ballast.loadbalancer.bfd;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The transition function of one BFD session (RFC 5880 section 6.8). Immutable. */
public final class BfdSession {
  /** A session that is not up sends no more often than this (section 6.8.3). */
  private static final long SLOW = 1_000_000;

  private final BfdSettings settings;
  private final int discriminator;

  /**
   * Where a session is. Intervals are in microseconds.
   *
   * @param remote the peer's state as it last said
   * @param remoteDiscriminator 0 while it is unknown
   * @param remoteReceive how often the peer can receive; 0 for not at all
   * @param polling a change of the intervals waits for the peer's answer
   */
  public record Status(
      BfdState state,
      Diagnostic diagnostic,
      BfdState remote,
      int remoteDiscriminator,
      long remoteTransmit,
      long remoteReceive,
      int remoteMultiplier,
      boolean polling) {
    static final Status NEW =
        new Status(BfdState.DOWN, Diagnostic.NONE, BfdState.DOWN, 0, 0, 1, 0, false);

    Status in(BfdState next, Diagnostic why) {
      return new Status(
          next,
          why,
          remote,
          remoteDiscriminator,
          remoteTransmit,
          remoteReceive,
          remoteMultiplier,
          polling);
    }

    Status polling(boolean now) {
      return new Status(
          state,
          diagnostic,
          remote,
          remoteDiscriminator,
          remoteTransmit,
          remoteReceive,
          remoteMultiplier,
          now);
    }

    private Status unknown() {
      return new Status(
          state, diagnostic, remote, 0, remoteTransmit, remoteReceive, remoteMultiplier, polling);
    }

    private Status heard(BfdPacket packet) {
      return new Status(
          state,
          diagnostic,
          packet.state(),
          packet.mine(),
          packet.transmit(),
          packet.receive(),
          packet.multiplier(),
          polling && !packet.last());
    }
  }

  /** What happens to a session. */
  public sealed interface Event {
    /** A packet for it arrived. */
    record Received(BfdPacket packet) implements Event {}

    /** Nothing arrived for the detection time. */
    record DetectionExpired() implements Event {}
  }

  /** What the driver has to do. */
  public sealed interface Action {
    /** Sends a packet at once. */
    record Send(BfdPacket packet) implements Action {}

    /** Starts the wait for the next packet over. */
    record Detect(Duration time) implements Action {}

    /** Sends from now on in the interval that {@link BfdSession#interval} gives. */
    record Pace() implements Action {}

    /** The peer is there. */
    record Up() implements Action {}

    /** The peer, which was there, is gone. */
    record Down(Diagnostic why) implements Action {}

    /** The peer's operator took the session down, which says nothing of the path. */
    record AdminDown() implements Action {}
  }

  /** What follows an event. */
  public record Step(Status status, List<Action> actions) {
    public Step {
      actions = List.copyOf(actions);
    }
  }

  public BfdSession(BfdSettings settings, int discriminator) {
    this.settings = settings;
    this.discriminator = discriminator;
  }

  /** Returns what follows. */
  public Step next(Status status, Event event) {
    return switch (event) {
      case Event.Received(BfdPacket packet) -> received(status, packet);
      case Event.DetectionExpired _ -> expired(status);
    };
  }

  private Step expired(Status status) {
    Status unknown = status.unknown();
    if (status.state() != BfdState.UP && status.state() != BfdState.INIT) {
      return new Step(unknown, List.of());
    }
    boolean wasUp = status.state() == BfdState.UP;
    Diagnostic why = Diagnostic.DETECTION_TIME_EXPIRED;
    List<Action> actions = new ArrayList<>();
    Status down = unknown.in(BfdState.DOWN, why).polling(false);
    if (wasUp) {
      actions.add(new Action.Down(why));
      actions.add(new Action.Send(packet(down, false, false)));
    }
    actions.add(new Action.Pace());
    return new Step(down, actions);
  }

  private Step received(Status before, BfdPacket packet) {
    List<Action> actions = new ArrayList<>();
    Status heard = before.heard(packet);
    Status after = state(heard, packet, actions);
    boolean becameUp = before.state() != BfdState.UP && after.state() == BfdState.UP;
    if (becameUp) {
      // The intervals change from the slow ones, which the peer has to acknowledge.
      after = after.polling(true);
    }
    actions.add(new Action.Detect(detection(after)));
    if (packet.poll()) {
      actions.add(new Action.Send(packet(after, false, true)));
    } else if (before.state() != after.state()) {
      actions.add(new Action.Send(packet(after, after.polling(), false)));
    }
    if (before.state() != after.state()
        || before.remoteReceive() != after.remoteReceive()
        || before.polling() != after.polling()) {
      actions.add(new Action.Pace());
    }
    return new Step(after, actions);
  }

  private static Status state(Status status, BfdPacket packet, List<Action> actions) {
    if (packet.state() == BfdState.ADMIN_DOWN) {
      if (status.state() == BfdState.DOWN) {
        return status;
      }
      if (status.state() == BfdState.UP) {
        actions.add(new Action.AdminDown());
      }
      return status.in(BfdState.DOWN, Diagnostic.NEIGHBOR_SIGNALED_DOWN).polling(false);
    }
    return switch (status.state()) {
      case ADMIN_DOWN -> status;
      case DOWN ->
          switch (packet.state()) {
            case DOWN -> status.in(BfdState.INIT, Diagnostic.NONE);
            case INIT -> up(status, actions);
            case UP, ADMIN_DOWN -> status;
          };
      case INIT ->
          switch (packet.state()) {
            case INIT, UP -> up(status, actions);
            case DOWN, ADMIN_DOWN -> status;
          };
      case UP -> {
        if (packet.state() != BfdState.DOWN) {
          yield status;
        }
        Diagnostic why = Diagnostic.NEIGHBOR_SIGNALED_DOWN;
        actions.add(new Action.Down(why));
        yield status.in(BfdState.DOWN, why).polling(false);
      }
    };
  }

  private static Status up(Status status, List<Action> actions) {
    actions.add(new Action.Up());
    return status.in(BfdState.UP, Diagnostic.NONE);
  }

  /** Returns the packet that says how the session is. */
  public BfdPacket packet(Status status, boolean poll, boolean last) {
    return new BfdPacket(
        status.diagnostic(),
        status.state(),
        poll,
        last,
        settings.multiplier(),
        discriminator,
        status.remoteDiscriminator(),
        desired(status),
        micros(settings.receive()),
        0);
  }

  /** How often we want to send. */
  private long desired(Status status) {
    long configured = micros(settings.transmit());
    return status.state() == BfdState.UP ? configured : Math.max(configured, SLOW);
  }

  /** Returns how often to send, before jitter; zero for never. */
  public Duration interval(Status status) {
    if (status.remoteReceive() == 0 || (settings.passive() && status.remoteDiscriminator() == 0)) {
      return Duration.ZERO;
    }
    long micros = Math.max(desired(status), status.remoteReceive());
    return Duration.ofNanos(micros * 1000);
  }

  /** Returns how long the peer may be silent (section 6.8.4). */
  public Duration detection(Status status) {
    long interval = Math.max(micros(settings.receive()), status.remoteTransmit());
    return Duration.ofNanos(status.remoteMultiplier() * interval * 1000);
  }

  /** Returns the part of the interval that may be taken off by chance, at most (section 6.8.7). */
  public double leastJitter() {
    return settings.multiplier() == 1 ? 0.1 : 0;
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }
}
