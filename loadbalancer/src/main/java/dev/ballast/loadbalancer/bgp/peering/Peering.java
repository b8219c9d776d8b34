package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Frames;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.message.MessageDecoder;
import dev.ballast.loadbalancer.bgp.message.MessageEncoder;
import dev.ballast.loadbalancer.bgp.message.MessageException;
import dev.ballast.loadbalancer.bgp.message.UpdateEncoder;
import dev.ballast.loadbalancer.bgp.message.Wire;
import dev.ballast.loadbalancer.bgp.rib.AdjRibOut;
import dev.ballast.loadbalancer.bgp.rib.PathTerms;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.loadbalancer.bgp.session.Action;
import dev.ballast.loadbalancer.bgp.session.Event;
import dev.ballast.loadbalancer.bgp.session.Negotiated;
import dev.ballast.loadbalancer.bgp.session.Session;
import dev.ballast.loadbalancer.bgp.session.Side;
import dev.ballast.loadbalancer.bgp.session.State;
import dev.ballast.loadbalancer.bgp.session.Timer;
import dev.ballast.loadbalancer.bgp.transport.Connection;
import dev.ballast.loadbalancer.bgp.transport.Transport;
import dev.ballast.loadbalancer.loop.Timers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Drives one session: does what the state machine asks, on connections and timers that it is given,
 * and keeps the peer's routes equal to those that are wanted. Everything runs on one thread but
 * {@link #status}, {@link #has} and {@link #counters}.
 */
public final class Peering {
  private static final Logger LOG = System.getLogger(Peering.class.getName());

  /** While more than this waits to be sent, changes of routes wait unencoded and supersede. */
  private static final int MOST_UNSENT = 1 << 20;

  private static final int MOST_CHANGES_AT_ONCE = 20_000;
  private static final Duration SHORTEST_SEND_HOLD = Duration.ofMinutes(8);

  private final PeerSettings settings;
  private final Session session;
  private final Transport transport;
  private final Timers timers;
  private final RandomGenerator random;
  private final Observer observer;
  private final Counters counters = new Counters();
  private final Map<Timer, Timers.Cancellation> running = new HashMap<>();
  private final Map<Side, Link> links = new EnumMap<>(Side.class);
  private final Queue<Event> events = new ArrayDeque<>();
  private final Map<Cidr, RouteAttributes> wanted = new HashMap<>();
  private final Map<Cidr, Optional<RouteAttributes>> pending = new LinkedHashMap<>();
  private State state = new State.Idle();
  private boolean stepping;
  private Optional<Transport.Attempt> attempt = Optional.empty();
  private Optional<Waiting> waiting = Optional.empty();
  private Set<AddressFamily> initial = Set.of();
  private @Nullable Link established;
  private volatile @Nullable AdjRibOut rib;
  private volatile PeerStatus status = PeerStatus.NEW;
  private String problem = "";

  /** A connection that the peer opened and that is not ours yet. */
  private record Waiting(Supplier<Connection> take, java.util.function.Consumer<byte[]> refuse) {}

  public Peering(
      PeerSettings settings,
      Transport transport,
      Timers timers,
      RandomGenerator random,
      Observer observer) {
    this.settings = settings;
    this.session = new Session(settings.terms());
    this.transport = transport;
    this.timers = timers;
    this.random = random;
    this.observer = observer;
  }

  /** One connection of the session, and what has arrived of it. */
  private final class Link implements Connection.Receiver {
    private final Side side;
    private final Connection connection;
    private final Frames frames = new Frames();
    private Wire wire = Wire.INITIAL;

    Link(Side side, Connection connection) {
      this.side = side;
      this.connection = connection;
    }

    private boolean current() {
      return links.get(side) == this;
    }

    @Override
    public void received(byte[] bytes, int count) {
      List<byte[]> whole = new ArrayList<>();
      Optional<Message.Notification> fault = Optional.empty();
      try {
        frames.add(bytes, 0, count, whole::add);
      } catch (MessageException e) {
        fault = Optional.of(e.notification());
      }
      for (byte[] one : whole) {
        if (!current()) {
          return;
        }
        decoded(one);
      }
      if (fault.isPresent() && current()) {
        on(new Event.Malformed(side, fault.get()));
      }
    }

    private void decoded(byte[] bytes) {
      Message message;
      try {
        message = MessageDecoder.decode(bytes, wire);
      } catch (MessageException e) {
        on(new Event.Malformed(side, e.notification()));
        return;
      } catch (RuntimeException e) {
        LOG.log(
            Level.ERROR,
            "cannot decode a message of peer %s (%s)".formatted(name(), connection.remote()),
            e);
        on(new Event.Malformed(side, Message.Notification.of(Fault.OUT_OF_RESOURCES)));
        return;
      }
      counters.received().count(message);
      on(new Event.Received(side, message));
    }

    @Override
    public void ended(String reason) {
      if (current()) {
        on(new Event.Lost(side, reason));
      }
    }

    @Override
    public void drained() {
      if (this == established) {
        flush();
      }
    }

    @Override
    public void stalled() {
      if (current()) {
        on(new Event.SendStalled(side));
      }
    }
  }

  public PeerSettings settings() {
    return settings;
  }

  private String name() {
    return settings.name();
  }

  /** Begins. */
  public void start() {
    on(new Event.Start());
  }

  /** Ends the session, if any, with this message. */
  public void stop(Message.Notification cease) {
    on(new Event.Stop(cease));
  }

  /** Ends without a word, so that a peer that agreed to graceful restart keeps the routes. */
  public void abandon() {
    running.values().forEach(Timers.Cancellation::cancel);
    running.clear();
    attempt.ifPresent(Transport.Attempt::cancel);
    List.copyOf(links.values()).forEach(link -> link.connection.close());
    links.clear();
    established = null;
    rib = null;
    state = new State.Idle();
    publish();
  }

  /** BFD says that the peer is gone. */
  public void bfdDown() {
    on(new Event.BfdDown());
  }

  /** There is a new reason to try at once: the peer was seen. */
  public void retryNow() {
    Timers.Cancellation timer = running.remove(new Timer.Retry());
    if (timer != null) {
      timer.cancel();
      on(new Event.Expired(new Timer.Retry()));
    }
  }

  /** The peer opened a connection. */
  public void accepted(Supplier<Connection> take, java.util.function.Consumer<byte[]> refuse) {
    waiting = Optional.of(new Waiting(take, refuse));
    on(new Event.Accepted());
  }

  /** From now on the peer shall have exactly these routes. Costs as much as there are. */
  public void routes(Map<Cidr, RouteAttributes> all) {
    Map<Cidr, Optional<RouteAttributes>> changes = new LinkedHashMap<>();
    wanted.keySet().stream()
        .filter(prefix -> !all.containsKey(prefix))
        .forEach(prefix -> changes.put(prefix, Optional.empty()));
    all.forEach((prefix, attributes) -> {
      if (!attributes.equals(wanted.get(prefix))) {
        changes.put(prefix, Optional.of(attributes));
      }
    });
    change(changes);
  }

  /** Changes the routes that the peer shall have; empty means gone. */
  public void change(Map<Cidr, Optional<RouteAttributes>> changes) {
    if (changes.isEmpty()) {
      return;
    }
    changes.forEach((prefix, attributes) ->
        attributes.ifPresentOrElse(now -> wanted.put(prefix, now), () -> wanted.remove(prefix)));
    if (rib != null) {
      pending.putAll(changes);
      flush();
    }
    publish();
  }

  /** Sends what is pending, as far as the connection has room. */
  private void flush() {
    AdjRibOut out = rib;
    Link link = established;
    if (out == null || link == null) {
      return;
    }
    while (!pending.isEmpty() && link.connection.unsent() < MOST_UNSENT) {
      try {
        send(link, out.apply(some()));
      } catch (IllegalArgumentException e) {
        // Attributes that leave no room in a message: the rest of the routes is not held up.
        LOG.log(
            Level.ERROR,
            () -> "BGP peer %s: routes cannot be sent: %s".formatted(name(), e.getMessage()));
      }
    }
    if (pending.isEmpty() && !initial.isEmpty()) {
      // RFC 4724 section 2: helps every peer to know when it has all.
      Set<AddressFamily> families = initial;
      initial = Set.of();
      families.forEach(family -> send(link, Message.Update.endOfRib(family)));
    }
    publish();
    observer.changed(name());
  }

  private Map<Cidr, Optional<RouteAttributes>> some() {
    if (pending.size() <= MOST_CHANGES_AT_ONCE) {
      Map<Cidr, Optional<RouteAttributes>> all = new LinkedHashMap<>(pending);
      pending.clear();
      return all;
    }
    Map<Cidr, Optional<RouteAttributes>> some = new LinkedHashMap<>();
    Iterator<Map.Entry<Cidr, Optional<RouteAttributes>>> each = pending.entrySet().iterator();
    while (some.size() < MOST_CHANGES_AT_ONCE) {
      Map.Entry<Cidr, Optional<RouteAttributes>> next = each.next();
      some.put(next.getKey(), next.getValue());
      each.remove();
    }
    return some;
  }

  private void send(Link link, List<byte[]> updates) {
    counters.sent().updates(updates.size());
    updates.forEach(link.connection::send);
  }

  private void send(Link link, Message message) {
    counters.sent().count(message);
    link.connection.send(MessageEncoder.encode(message));
  }

  private void on(Event event) {
    events.add(event);
    if (stepping) {
      return;
    }
    stepping = true;
    try {
      while (!events.isEmpty()) {
        Session.Step step = session.next(state, events.remove());
        state = step.state();
        step.actions().forEach(this::act);
      }
    } finally {
      stepping = false;
    }
    publish();
  }

  private void act(Action action) {
    switch (action) {
      case Action.Dial _ ->
          attempt =
              Optional.of(
                  transport.dial(
                      settings.route(),
                      new Transport.Dialer() {
                        @Override
                        public void opened(Connection connection) {
                          attempt = Optional.empty();
                          adopt(Side.OUTGOING, connection);
                          on(new Event.Dialed());
                        }

                        @Override
                        public void failed(String reason) {
                          attempt = Optional.empty();
                          on(new Event.DialFailed(reason));
                        }
                      }));
      case Action.CancelDial _ -> {
        attempt.ifPresent(Transport.Attempt::cancel);
        attempt = Optional.empty();
      }
      case Action.Adopt _ -> {
        waiting.ifPresent(one -> adopt(Side.INCOMING, one.take.get()));
        waiting = Optional.empty();
      }
      case Action.Refuse(Message.Notification notification) -> {
        waiting.ifPresent(one -> {
          counters.sent().count(notification);
          one.refuse.accept(MessageEncoder.encode(notification));
        });
        waiting = Optional.empty();
      }
      case Action.Send(Side side, Message message) -> {
        Link link = links.get(side);
        if (link != null) {
          send(link, message);
        }
      }
      case Action.Close(Side side) -> {
        Link link = links.remove(side);
        if (link != null) {
          link.connection.close();
        }
      }
      case Action.SetTimer(Timer timer, Duration after, boolean jitter) ->
          set(timer, after, jitter);
      case Action.CancelTimer(Timer timer) -> cancel(timer);
      case Action.Up(Side side, Negotiated negotiated) -> up(side, negotiated);
      case Action.Down(String reason) -> down(reason);
      case Action.Failed(String reason) -> {
        if (!reason.equals(problem)) {
          LOG.log(Level.INFO, () -> "BGP peer %s: %s".formatted(name(), reason));
        }
        problem = reason;
      }
      case Action.Deliver(Message.Update update) -> observer.delivered(name(), update);
      case Action.Resend(AddressFamily family) -> resend(family);
    }
  }

  private void adopt(Side side, Connection connection) {
    Link link = new Link(side, connection);
    links.put(side, link);
    connection.receive(link);
  }

  private void set(Timer timer, Duration after, boolean jitter) {
    cancel(timer);
    double share = jitter ? 0.75 + random.nextDouble() / 4 : 1;
    running.put(
        timer,
        timers.after(
            Duration.ofNanos((long) (after.toNanos() * share)),
            () -> {
              running.remove(timer);
              on(new Event.Expired(timer));
            }));
  }

  private void cancel(Timer timer) {
    Timers.Cancellation set = running.remove(timer);
    if (set != null) {
      set.cancel();
    }
  }

  private void up(Side side, Negotiated negotiated) {
    Link link = links.get(side);
    if (link == null) {
      return; // It ended in the same moment, which the next event says.
    }
    link.wire = negotiated.wire();
    Duration twice = negotiated.holdTime().multipliedBy(2);
    link.connection.sendLimit(twice.compareTo(SHORTEST_SEND_HOLD) > 0 ? twice : SHORTEST_SEND_HOLD);
    Map<Family, List<Address>> hops = hops(link.connection, negotiated);
    Set<Family> families = EnumSet.noneOf(Family.class);
    for (Family family : Family.values()) {
      if (negotiated.families().contains(AddressFamily.unicast(family))) {
        families.add(family);
      }
    }
    established = link;
    rib =
        new AdjRibOut(
            new PathTerms(settings.terms().localAs(), negotiated.internal(), hops),
            families,
            new UpdateEncoder(negotiated.wire()));
    pending.clear();
    wanted.forEach((prefix, attributes) -> pending.put(prefix, Optional.of(attributes)));
    initial = negotiated.families();
    problem = "";
    LOG.log(
        Level.INFO,
        () ->
            "BGP peer %s: established with AS %d, hold time %d s"
                .formatted(name(), negotiated.peer().as(), negotiated.holdTime().toSeconds()));
    publish();
    observer.up(name(), status);
    flush();
  }

  private static Map<Family, List<Address>> hops(Connection connection, Negotiated negotiated) {
    Map<Family, List<Address>> hops = new EnumMap<>(Family.class);
    hops.putAll(connection.nextHops());
    List<Address> six = hops.get(Family.IPV6);
    if (!hops.containsKey(Family.IPV4) && six != null && negotiated.wire().ipv6NextHops()) {
      hops.put(Family.IPV4, six);
    }
    return hops;
  }

  private void down(String reason) {
    established = null;
    rib = null;
    pending.clear();
    initial = Set.of();
    problem = reason;
    LOG.log(Level.WARNING, () -> "BGP peer %s: session ended: %s".formatted(name(), reason));
    publish();
    observer.down(name(), reason);
  }

  private void resend(AddressFamily family) {
    AdjRibOut out = rib;
    Link link = established;
    if (out == null || link == null) {
      return;
    }
    for (Family of : Family.values()) {
      if (AddressFamily.unicast(of).equals(family)) {
        send(link, out.again(of));
      }
    }
  }

  private void publish() {
    AdjRibOut out = rib;
    Link link = established;
    status =
        new PeerStatus(
            state.rfcName(),
            state instanceof State.Established(_, Negotiated negotiated)
                ? Optional.of(negotiated)
                : Optional.empty(),
            link == null || !(state instanceof State.Established(_, Negotiated agreed))
                ? Map.of()
                : hops(link.connection, agreed),
            Optional.ofNullable(link).map(one -> one.connection.ends()),
            problem,
            out == null ? 0 : out.size(),
            pending.size());
  }

  /** Returns how the session is. */
  public PeerStatus status() {
    return status;
  }

  /** Returns whether the peer was sent a route. */
  public boolean has(Cidr prefix) {
    AdjRibOut out = rib;
    return out != null && out.has(prefix);
  }

  public Counters counters() {
    return counters;
  }

  @Override
  public String toString() {
    return "peer " + name() + " " + status;
  }
}
