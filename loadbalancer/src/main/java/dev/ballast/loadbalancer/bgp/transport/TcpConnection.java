package dev.ballast.loadbalancer.bgp.transport;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.socket.TcpSocket;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.loop.Loop;
import dev.ballast.loadbalancer.loop.Timers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection over TCP. */
final class TcpConnection implements Connection {
  private static final int READ_AT_ONCE = 1 << 16;

  /** How long a closed connection waits for the peer to read what was sent. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final Loop loop;
  private final TcpSocket socket;
  private final Map<Family, List<Address>> nextHops;
  private final byte[] buffer = new byte[READ_AT_ONCE];
  private final ArrayDeque<byte[]> output = new ArrayDeque<>();
  private int offset;
  private int unsent;
  private Duration sendLimit = Duration.ofMinutes(8);
  private @Nullable Receiver receiver;
  private boolean closing;
  private boolean closed;
  private Optional<Timers.Cancellation> sendTimer = Optional.empty();

  TcpConnection(Loop loop, TcpSocket socket, Map<Family, List<Address>> nextHops) {
    this.loop = loop;
    this.socket = socket;
    this.nextHops = nextHops;
  }

  @Override
  public void receive(Receiver receiver) {
    this.receiver = receiver;
    watch();
  }

  private void watch() {
    loop.watch(socket.fd(), true, unsent > 0, this::ready);
  }

  private void ready(boolean readable, boolean writable) {
    if (writable && unsent > 0) {
      write();
    }
    if (readable && !closed) {
      read();
    }
  }

  private void read() {
    int count;
    try {
      count = socket.read(buffer);
    } catch (LinuxException e) {
      broken(e.errno().text());
      return;
    }
    if (count < 0) {
      broken("the peer closed the connection");
    } else if (count > 0 && !closing && receiver != null) {
      receiver.received(buffer, count);
    }
  }

  @Override
  public void send(byte[] bytes) {
    if (closed || closing) {
      return;
    }
    output.add(bytes);
    unsent += bytes.length;
    if (output.size() == 1) {
      write();
    }
  }

  private void write() {
    try {
      while (!output.isEmpty()) {
        byte[] first = output.peek();
        int written = socket.write(first, offset, first.length - offset);
        if (written > 0) {
          sendTimer.ifPresent(Timers.Cancellation::cancel);
          sendTimer = Optional.empty();
        }
        unsent -= written;
        offset += written;
        if (offset < first.length) {
          blocked();
          return;
        }
        output.remove();
        offset = 0;
      }
    } catch (LinuxException e) {
      // What it had to say may still be there to read, a NOTIFICATION above all.
      output.clear();
      unsent = 0;
      offset = 0;
      loop.execute(this::read);
      return;
    }
    watch();
    if (closing) {
      socket.endOutput();
    } else if (receiver != null) {
      loop.execute(() -> {
        if (!closed && !closing && unsent == 0 && receiver != null) {
          receiver.drained();
        }
      });
    }
  }

  private void blocked() {
    watch();
    if (sendTimer.isEmpty()) {
      sendTimer = Optional.of(loop.after(sendLimit, this::stalled));
    }
  }

  private void stalled() {
    sendTimer = Optional.empty();
    if (!closed && !closing && receiver != null) {
      receiver.stalled();
    }
  }

  private void broken(String reason) {
    boolean tell = !closing && !closed;
    end();
    if (tell && receiver != null) {
      receiver.ended(reason);
    }
  }

  @Override
  public int unsent() {
    return unsent;
  }

  @Override
  public void sendLimit(Duration limit) {
    sendLimit = limit;
  }

  @Override
  public Map<Family, List<Address>> nextHops() {
    return nextHops;
  }

  @Override
  public Ends ends() {
    return new Ends(
        Address.of(socket.local().address()),
        Address.of(socket.remote().address()),
        socket.remote().link());
  }

  @Override
  public String remote() {
    return socket.remote().toString();
  }

  @Override
  public void close() {
    if (closing || closed) {
      return;
    }
    closing = true;
    // Closing with bytes unread would reset the connection, and the peer would not get to read a
    // NOTIFICATION: read to the peer's end, for a moment.
    watch();
    if (unsent == 0) {
      socket.endOutput();
    }
    var _ = loop.after(LINGER, this::end);
  }

  private void end() {
    if (!closed) {
      closed = true;
      sendTimer.ifPresent(Timers.Cancellation::cancel);
      loop.forget(socket.fd());
      socket.close();
    }
  }
}
