package dev.ballast.linux.process;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Tells systemd how this service is ({@code Type=notify}, sd_notify(3)). */
public final class Systemd {
  private static final Call SOCKET = Call.of(INT, "socket", INT, INT, INT);
  private static final Call SENDTO = Call.of(LONG, "sendto", INT, POINTER, LONG, INT, POINTER, INT);
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int PATH_BYTES = 108;

  private final byte[] address;

  private Systemd(byte[] address) {
    this.address = address;
  }

  /** The one that {@code NOTIFY_SOCKET} names; empty when nothing wants to be told. */
  public static Optional<Systemd> from(Map<String, String> environment) {
    String path = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (path.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    if ((bytes[0] != '/' && bytes[0] != '@') || bytes.length >= PATH_BYTES) {
      throw new IllegalArgumentException("not a socket: NOTIFY_SOCKET=" + path);
    }
    if (bytes[0] == '@') {
      bytes[0] = 0; // The abstract name space.
    }
    return Optional.of(new Systemd(bytes));
  }

  /**
   * Sends one state.
   *
   * @param state as {@code READY=1}, {@code STATUS=…}, {@code WATCHDOG=1}; several by lines
   */
  public void tell(String state) {
    long number = SOCKET.apply(AF_UNIX, SOCK_DGRAM | Fd.O_CLOEXEC, 0);
    try (Fd fd = Fd.adopt(SOCKET.check(number, "AF_UNIX"), "notify socket");
        Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(2L + PATH_BYTES, 2);
      to.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(address, 0, to, ValueLayout.JAVA_BYTE, 2, address.length);
      // An abstract name ends where its length says, a path at its NUL.
      int length = 2 + address.length + (address[0] == 0 ? 0 : 1);
      MemorySegment text = Memory.copy(arena, state.getBytes(StandardCharsets.UTF_8));
      SENDTO.check(
          fd.use(n ->
              Call.retry(
                  () -> SENDTO.apply(n, text.address(), text.byteSize(), 0, to.address(), length))),
          "NOTIFY_SOCKET");
    }
  }
}
