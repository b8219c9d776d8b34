package dev.ballast.linux.netlink;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.WakeUp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells what changes in the network namespace that the opening thread is in, and never loses a
 * change silently: when the kernel had to drop one, the whole state follows as a {@link
 * NetworkEvent.Resync}.
 *
 * <p>Events are in the kernel's order, but the first ones after a resync may be older than it;
 * applied in order they lead to the truth. One thread asks; any may close, which wakes it.
 */
public final class NetworkWatch implements AutoCloseable {
  private static final int LINK = 1;
  private static final int NEIGHBOUR = 4;
  private static final int IPV4_ADDRESS = 0x10;
  private static final int IPV4_ROUTE = 0x40;
  private static final int IPV6_ADDRESS = 0x100;
  private static final int IPV6_ROUTE = 0x400;
  private static final int GROUPS =
      LINK | NEIGHBOUR | IPV4_ADDRESS | IPV4_ROUTE | IPV6_ADDRESS | IPV6_ROUTE;

  /** Room for some thousands of events. */
  private static final int BUFFER_BYTES = 1 << 20;

  private final NetlinkSocket events;
  private final RouteSocket state;
  private final WakeUp wake;
  private Optional<NetworkEvent.Cause> resync = Optional.of(NetworkEvent.Cause.START);
  private volatile boolean closed;

  private NetworkWatch(NetlinkSocket events, RouteSocket state, WakeUp wake) {
    this.events = events;
    this.state = state;
    this.wake = wake;
  }

  /** Opens in the calling thread's network namespace. */
  public static NetworkWatch open() {
    return open(BUFFER_BYTES);
  }

  static NetworkWatch open(int bufferBytes) {
    NetlinkSocket events = NetlinkSocket.open(GROUPS, bufferBytes);
    try {
      RouteSocket state = RouteSocket.open();
      try {
        return new NetworkWatch(events, state, WakeUp.open("network watch"));
      } catch (RuntimeException e) {
        state.close();
        throw e;
      }
    } catch (RuntimeException e) {
      events.close();
      throw e;
    }
  }

  /** The next events, in order; empty when the time is over or the watch was closed. */
  public List<NetworkEvent> next(Duration limit) {
    try {
      if (closed) {
        return List.of();
      }
      Optional<NetworkEvent.Cause> cause = resync;
      if (cause.isPresent()) {
        NetworkEvent whole = whole(cause.get());
        resync = Optional.empty();
        return List.of(whole);
      }
      Optional<List<Message>> messages = events.receive(limit, wake.fd());
      return messages.map(NetworkWatch::decode).orElse(List.of());
    } catch (LinuxException e) {
      if (closed) {
        return List.of();
      }
      if (e.call().equals("recvfrom") && e.is(Errno.ENOBUFS)) {
        resync = Optional.of(NetworkEvent.Cause.OVERFLOW);
        return next(limit);
      }
      throw e;
    }
  }

  private NetworkEvent whole(NetworkEvent.Cause cause) {
    return new NetworkEvent.Resync(
        state.links(), state.addresses(), state.routes(), state.neighbours(), cause);
  }

  static List<NetworkEvent> decode(List<Message> messages) {
    List<NetworkEvent> events = new ArrayList<>();
    for (Message message : messages) {
      if (message.type() >= Link.NEW && message.isOfLinkOrInternet()) {
        decode(message).ifPresent(events::add);
      }
    }
    return events;
  }

  // Message types are the kernel's to extend: others are not for us.
  private static Optional<NetworkEvent> decode(Message message) {
    return switch (message.type()) {
      case Link.NEW -> Optional.of(new NetworkEvent.LinkChanged(Link.decode(message)));
      case Link.DELETE -> Optional.of(new NetworkEvent.LinkGone(Link.decode(message)));
      case InterfaceAddress.NEW ->
          Optional.of(new NetworkEvent.AddressChanged(InterfaceAddress.decode(message)));
      case InterfaceAddress.DELETE ->
          Optional.of(new NetworkEvent.AddressGone(InterfaceAddress.decode(message)));
      case Route.NEW -> Optional.of(new NetworkEvent.RouteChanged(Route.decode(message)));
      case Route.DELETE -> Optional.of(new NetworkEvent.RouteGone(Route.decode(message)));
      case Neighbour.NEW ->
          Optional.of(new NetworkEvent.NeighbourChanged(Neighbour.decode(message)));
      case Neighbour.DELETE ->
          Optional.of(new NetworkEvent.NeighbourGone(Neighbour.decode(message)));
      default -> Optional.empty();
    };
  }

  @Override
  public void close() {
    closed = true;
    wake.close();
    events.close();
    state.close();
  }
}
