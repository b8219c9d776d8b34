package dev.ballast.lab.simulation;

import dev.ballast.linux.netlink.MacAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A switch and the stations at it: frames arrive late, out of order, not at all, as the conditions
 * say. Frames between two stations may overtake each other; what a paused station is sent waits for
 * it, as in the buffer of a socket.
 */
public final class Segment {
  /** What a socket's buffer holds of small frames; what comes when it is full is lost. */
  private static final int BUFFER = 1_000;

  private final Simulation simulation;
  private final Map<MacAddress, Station> stations = new LinkedHashMap<>();
  private final Set<Set<Station>> cuts = new HashSet<>();
  private Conditions conditions = new Conditions(Duration.ofNanos(50_000), Duration.ofMillis(2), 0);

  /**
   * How frames fare.
   *
   * @param loss the share of frames that is lost, 0 to 1, for each receiver by itself
   */
  public record Conditions(Duration shortest, Duration longest, double loss) {
    public Conditions {
      if (shortest.isNegative() || longest.compareTo(shortest) < 0 || loss < 0 || loss > 1) {
        throw new IllegalArgumentException(
            "shortest=%s longest=%s loss=%s".formatted(shortest, longest, loss));
      }
    }
  }

  /** What one station says to another or to all. */
  @SuppressWarnings("ArrayRecordComponent") // Handed over, never compared.
  public record Frame(MacAddress source, MacAddress destination, byte[] payload) {}

  public Segment(Simulation simulation) {
    this.simulation = simulation;
  }

  /** From now on; what is under way already arrives as it would have. */
  public void conditions(Conditions now) {
    conditions = now;
  }

  /** Plugs a station in. */
  public Station attach(String name, MacAddress mac, Consumer<Frame> receiver) {
    Station station = new Station(name, mac, receiver);
    if (stations.putIfAbsent(mac, station) != null) {
      throw new IllegalArgumentException("there is a station with the address " + mac);
    }
    return station;
  }

  /** Lets two groups of stations hear nothing of each other. */
  public void cut(List<Station> one, List<Station> other) {
    for (Station a : one) {
      for (Station b : other) {
        cuts.add(Set.of(a, b));
      }
    }
  }

  /** Ends all cuts. */
  public void heal() {
    cuts.clear();
  }

  /** One network card. */
  public final class Station {
    private final String name;
    private final MacAddress mac;
    private final Consumer<Frame> receiver;
    private final Deque<Frame> waiting = new ArrayDeque<>();
    private boolean dead;
    private boolean paused;

    private Station(String name, MacAddress mac, Consumer<Frame> receiver) {
      this.name = name;
      this.mac = mac;
      this.receiver = receiver;
    }

    public MacAddress mac() {
      return mac;
    }

    /** Whether it may run: neither dead nor paused. Its owner asks before it acts on a timer. */
    public boolean runs() {
      return !dead && !paused;
    }

    /** Says something; nothing when it is dead or paused. */
    public void send(MacAddress destination, byte[] payload) {
      if (runs()) {
        Frame frame = new Frame(mac, destination, payload.clone());
        for (Station station : receivers(destination)) {
          carry(frame, this, station);
        }
      }
    }

    /** It is no more; nothing that is under way from it is lost. */
    public void kill() {
      dead = true;
      waiting.clear();
    }

    /** It is there again, and has heard nothing meanwhile. */
    public void revive() {
      dead = false;
      paused = false;
    }

    /** It does nothing, and what it is sent waits. */
    public void pause() {
      paused = true;
    }

    /** It goes on, first with what has waited. */
    public void resume() {
      paused = false;
      List<Frame> late = new ArrayList<>(waiting);
      waiting.clear();
      late.forEach(this::receive);
    }

    private void receive(Frame frame) {
      if (dead) {
        return;
      }
      if (paused) {
        if (waiting.size() < BUFFER) {
          waiting.add(frame);
        }
        return;
      }
      receiver.accept(frame);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private List<Station> receivers(MacAddress destination) {
    if (destination.equals(MacAddress.BROADCAST)) {
      return List.copyOf(stations.values());
    }
    Station station = stations.get(destination);
    return station == null ? List.of() : List.of(station);
  }

  private void carry(Frame frame, Station from, Station to) {
    if (from == to
        || cuts.contains(Set.of(from, to))
        || simulation.random().nextDouble() < conditions.loss()) {
      return;
    }
    long shortest = conditions.shortest().toNanos();
    long longest = conditions.longest().toNanos();
    long delay = simulation.random().nextLong(shortest, longest + 1);
    simulation.after(Duration.ofNanos(delay), () -> to.receive(frame));
  }
}
