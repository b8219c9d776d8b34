package dev.ballast.loadbalancer.bgp.message;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into messages and checks their headers (RFC 4271 section 6.1). Belongs to
 * one connection and one thread.
 */
public final class Frames {
  private static final int LENGTH = 16;
  private static final int TYPE = 18;

  private byte[] pending = new byte[Message.LONGEST];
  private int filled;

  /** Adds bytes as they came. The callback gets each whole message. */
  public void add(byte[] bytes, int offset, int count, Consumer<byte[]> each)
      throws MessageException {
    int at = offset;
    int end = offset + count;
    while (at < end) {
      int wanted = filled < Message.HEADER ? Message.HEADER : length();
      int step = Math.min(wanted - filled, end - at);
      System.arraycopy(bytes, at, pending, filled, step);
      filled += step;
      at += step;
      if (filled == Message.HEADER) {
        checkHeader();
      }
      if (filled >= Message.HEADER && filled == length()) {
        each.accept(Arrays.copyOf(pending, filled));
        filled = 0;
      }
    }
  }

  private int length() {
    return (pending[LENGTH] & 0xff) << 8 | (pending[LENGTH + 1] & 0xff);
  }

  private void checkHeader() throws MessageException {
    for (int i = 0; i < LENGTH; i++) {
      if (pending[i] != -1) {
        throw new MessageException(Fault.NOT_SYNCHRONIZED);
      }
    }
    int type = pending[TYPE];
    if (type < MessageType.OPEN || type > MessageType.ROUTE_REFRESH) {
      throw new MessageException(Fault.BAD_TYPE, (byte) type);
    }
    int length = length();
    boolean fits =
        length <= Message.LONGEST
            && switch (type) {
              case MessageType.OPEN -> length >= 29;
              case MessageType.UPDATE -> length >= 23;
              case MessageType.NOTIFICATION -> length >= 21;
              case MessageType.KEEPALIVE -> length == Message.HEADER;
              // RFC 7313 section 5: its own error code, once the session is established.
              default -> length >= Message.HEADER;
            };
    if (!fits) {
      throw new MessageException(Fault.BAD_LENGTH, pending[LENGTH], pending[LENGTH + 1]);
    }
  }
}
