package dev.ballast.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * One netlink message: header, the fixed part of its type, attributes (netlink(7), rtnetlink(7)).
 * Reading is strict: a length that leads outside of the message is an error, never a read beyond
 * it.
 */
final class Message {
  static final int HEADER = 16;
  private static final int ALIGN = 4;
  private static final int NESTED = 0x8000;
  private static final int TYPE_MASK = 0x3fff;

  private Message() {}

  /** Writes a message. */
  static final class Writer {
    private final ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.nativeOrder());

    Writer(int type, int flags) {
      bytes.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
    }

    Writer u8(int value) {
      bytes.put((byte) value);
      return this;
    }

    Writer u16(int value) {
      bytes.putShort((short) value);
      return this;
    }

    Writer u32(int value) {
      bytes.putInt(value);
      return this;
    }

    Writer attribute(int type, byte[] value) {
      bytes.putShort((short) (4 + value.length)).putShort((short) type).put(value);
      pad();
      return this;
    }

    Writer attribute(int type, int value) {
      bytes.putShort((short) 8).putShort((short) type).putInt(value);
      return this;
    }

    Writer attribute(int type, String value) {
      return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
    }

    Writer nested(int type, Runnable content) {
      int start = bytes.position();
      bytes.putShort((short) 0).putShort((short) (type | NESTED));
      content.run();
      bytes.putShort(start, (short) (bytes.position() - start));
      return this;
    }

    /** The bytes; the sequence number is given here, since building may itself ask the kernel. */
    ByteBuffer finish(int sequence) {
      bytes.putInt(0, bytes.position()).putInt(8, sequence);
      return bytes.flip();
    }

    private void pad() {
      while (bytes.position() % ALIGN != 0) {
        bytes.put((byte) 0);
      }
    }
  }

  /** A message that was received; {@code payload} holds what follows the header. */
  record Received(int type, int flags, int sequence, ByteBuffer payload) {
    static final int NOOP = 1;
    static final int ERROR = 2;
    static final int DONE = 3;
    static final int DUMP_INTERRUPTED = 0x10;

    /** Takes the next message off a datagram. */
    static Received next(ByteBuffer datagram) throws MalformedMessage {
      if (datagram.remaining() < HEADER) {
        throw new MalformedMessage("header", datagram.remaining(), HEADER);
      }
      int start = datagram.position();
      int length = datagram.getInt(start);
      if (length < HEADER || length > datagram.remaining()) {
        throw new MalformedMessage("message", datagram.remaining(), length);
      }
      ByteBuffer payload =
          datagram.slice(start + HEADER, length - HEADER).order(ByteOrder.nativeOrder());
      Received message =
          new Received(
              Short.toUnsignedInt(datagram.getShort(start + 4)),
              Short.toUnsignedInt(datagram.getShort(start + 6)),
              datagram.getInt(start + 8),
              payload);
      datagram.position(start + Math.min(datagram.limit() - start, aligned(length)));
      return message;
    }
  }

  /** The attributes from {@code offset} on, by type; of a repeated type the last one counts. */
  static Map<Integer, ByteBuffer> attributes(ByteBuffer payload, int offset)
      throws MalformedMessage {
    if (offset > payload.limit()) {
      throw new MalformedMessage("fixed part", payload.limit(), offset);
    }
    Map<Integer, ByteBuffer> attributes = new HashMap<>();
    int at = offset;
    while (payload.limit() - at >= 4) {
      int length = Short.toUnsignedInt(payload.getShort(at));
      int type = Short.toUnsignedInt(payload.getShort(at + 2)) & TYPE_MASK;
      if (length < 4 || length > payload.limit() - at) {
        throw new MalformedMessage("attribute " + type, payload.limit() - at, length);
      }
      attributes.put(type, payload.slice(at + 4, length - 4).order(ByteOrder.nativeOrder()));
      at += aligned(length);
    }
    return attributes;
  }

  static String text(ByteBuffer value) {
    byte[] bytes = bytes(value);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  static byte[] bytes(ByteBuffer value) {
    byte[] bytes = new byte[value.limit()];
    value.get(0, bytes);
    return bytes;
  }

  private static int aligned(int length) {
    return (length + ALIGN - 1) & -ALIGN;
  }

  /** Bytes from the kernel that are no netlink message. */
  static final class MalformedMessage extends java.io.IOException {
    private static final long serialVersionUID = 1L;

    MalformedMessage(String part, int available, int claimed) {
      super("malformed netlink " + part + ": available=" + available + " claimed=" + claimed);
    }
  }
}
