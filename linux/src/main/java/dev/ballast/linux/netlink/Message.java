package dev.ballast.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One netlink message: its header and, unread, its body.
 *
 * @param type {@code RTM_…} or {@code NLMSG_…}
 * @param flags {@code NLM_F_…}
 * @param sequence that of the request answered, 0 in a notification
 * @param port whom it answers
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; made and read in this package only.
record Message(int type, int flags, int sequence, int port, byte[] body) {
  static final int HEADER = 16;

  static final int NOOP = 1;
  static final int ERROR = 2;
  static final int DONE = 3;
  static final int OVERRUN = 4;

  static final int F_REQUEST = 1;
  static final int F_ACK = 4;
  static final int F_DUMP_INTERRUPTED = 0x10;
  static final int F_CAPPED = 0x100;
  static final int F_ACK_TLVS = 0x200;
  static final int F_ROOT = 0x100;
  static final int F_MATCH = 0x200;
  static final int F_DUMP = F_ROOT | F_MATCH;
  static final int F_REPLACE = 0x100;
  static final int F_EXCLUSIVE = 0x200;
  static final int F_CREATE = 0x400;

  /** All messages of one datagram. */
  static List<Message> decode(ByteBuffer datagram) {
    ByteBuffer rest = datagram.slice().order(ByteOrder.nativeOrder());
    List<Message> messages = new ArrayList<>();
    while (rest.remaining() >= HEADER) {
      int start = rest.position();
      int length = rest.getInt();
      int type = Short.toUnsignedInt(rest.getShort());
      int flags = Short.toUnsignedInt(rest.getShort());
      int sequence = rest.getInt();
      int port = rest.getInt();
      if (length < HEADER || length - HEADER > rest.remaining()) {
        throw new NetlinkFormatException(
            "message type=%d length=%d but %d bytes are left"
                .formatted(type, length, rest.remaining() + HEADER));
      }
      byte[] body = new byte[length - HEADER];
      rest.get(body);
      messages.add(new Message(type, flags, sequence, port, body));
      rest.position(Math.min(rest.limit(), start + Attributes.align(length)));
    }
    return messages;
  }

  /**
   * Whether this message of {@code rtnetlink} tells of a link itself, or of IPv4 or IPv6. The same
   * types also carry a bridge's view of its ports and its forwarding table, in another meaning.
   */
  boolean isOfLinkOrInternet() {
    int family = Byte.toUnsignedInt(fixed(1).get(0));
    return type == Link.NEW || type == Link.DELETE
        ? family == 0
        : family == Inet.AF_INET || family == Inet.AF_INET6;
  }

  /** The body as a fixed header of so many bytes. */
  ByteBuffer fixed(int bytes) {
    if (body.length < bytes) {
      throw new NetlinkFormatException(
          "message type=%d has %d bytes, not %d".formatted(type, body.length, bytes));
    }
    return ByteBuffer.wrap(body, 0, bytes).slice().order(ByteOrder.nativeOrder());
  }

  /** What follows a fixed header of so many bytes. */
  Attributes attributes(int after) {
    int from = Attributes.align(after);
    return from >= body.length
        ? Attributes.decode(ByteBuffer.allocate(0))
        : Attributes.decode(ByteBuffer.wrap(body, from, body.length - from));
  }
}
