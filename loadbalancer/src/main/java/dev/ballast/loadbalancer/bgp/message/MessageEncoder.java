package dev.ballast.loadbalancer.bgp.message;

import dev.ballast.loadbalancer.address.Cidr;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Encodes all messages but those that carry routes, which {@link UpdateEncoder} packs. */
public final class MessageEncoder {
  private static final int VERSION = 4;
  private static final int CAPABILITIES = 2;

  /** Marks the extended form of the optional parameters' length (RFC 9072). */
  private static final int EXTENDED = 255;

  private MessageEncoder() {}

  /** Returns the bytes of a message, its header included. */
  public static byte[] encode(Message message) {
    return switch (message) {
      case Message.Open open -> open(open);
      case Message.Keepalive _ -> frame(MessageType.KEEPALIVE, new byte[0]);
      case Message.Notification notification -> notification(notification);
      case Message.RouteRefresh refresh ->
          frame(
              MessageType.ROUTE_REFRESH,
              ByteBuffer.allocate(4)
                  .putShort((short) refresh.family().afi())
                  .put((byte) refresh.subtype())
                  .put((byte) refresh.family().safi())
                  .array());
      case Message.Update update -> {
        if (!update.announced().isEmpty() || !update.withdrawn().isEmpty()) {
          throw new IllegalArgumentException("routes are packed by UpdateEncoder: " + update);
        }
        yield endOfRib(update.endOfRib().orElse(AddressFamily.IPV4_UNICAST));
      }
    };
  }

  private static byte[] endOfRib(AddressFamily family) {
    if (family.equals(AddressFamily.IPV4_UNICAST)) {
      return frame(MessageType.UPDATE, new byte[4]);
    }
    return frame(
        MessageType.UPDATE,
        ByteBuffer.allocate(10)
            .putShort((short) 0)
            .putShort((short) 6)
            .put((byte) Attribute.OPTIONAL)
            .put((byte) Attribute.MP_UNREACH)
            .put((byte) 3)
            .putShort((short) family.afi())
            .put((byte) family.safi())
            .array());
  }

  private static byte[] notification(Message.Notification notification) {
    int room = Message.LONGEST - Message.HEADER - 2;
    int length = Math.min(room, notification.data().length);
    return frame(
        MessageType.NOTIFICATION,
        ByteBuffer.allocate(2 + length)
            .put((byte) notification.code())
            .put((byte) notification.subcode())
            .put(notification.data(), 0, length)
            .array());
  }

  private static byte[] open(Message.Open open) {
    ByteArrayOutputStream capabilities = new ByteArrayOutputStream();
    open.capabilities().forEach(capability -> put(capabilities, capability));
    int length = capabilities.size();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(VERSION);
    put16(body, open.as() > 0xffff ? Message.AS_TRANS : (int) open.as());
    put16(body, open.holdTime());
    put32(body, open.identifier());
    if (length == 0) {
      body.write(0);
    } else if (length + 2 < EXTENDED) {
      body.write(length + 2);
      body.write(CAPABILITIES);
      body.write(length);
    } else {
      body.write(EXTENDED);
      body.write(EXTENDED);
      put16(body, length + 3);
      body.write(CAPABILITIES);
      put16(body, length);
    }
    body.writeBytes(capabilities.toByteArray());
    return frame(MessageType.OPEN, body.toByteArray());
  }

  private static void put(ByteArrayOutputStream out, Capability capability) {
    switch (capability) {
      case Capability.Multiprotocol(AddressFamily family) -> {
        header(out, CapabilityCode.MULTIPROTOCOL, 4);
        put16(out, family.afi());
        put16(out, family.safi());
      }
      case Capability.RouteRefresh _ -> header(out, CapabilityCode.ROUTE_REFRESH, 0);
      case Capability.ExtendedNextHop(var entries) -> {
        header(out, CapabilityCode.EXTENDED_NEXT_HOP, 6 * entries.size());
        for (var entry : entries) {
          put16(out, entry.family().afi());
          put16(out, entry.family().safi());
          put16(out, entry.nextHopAfi());
        }
      }
      case Capability.FourOctetAs(long as) -> {
        header(out, CapabilityCode.FOUR_OCTET_AS, 4);
        put32(out, (int) as);
      }
      case Capability.GracefulRestart restart -> {
        header(out, CapabilityCode.GRACEFUL_RESTART, 2 + 4 * restart.entries().size());
        put16(
            out,
            (restart.restarting() ? 0x8000 : 0)
                | (restart.notification() ? 0x4000 : 0)
                | (restart.seconds() & 0xfff));
        for (var entry : restart.entries()) {
          put16(out, entry.family().afi());
          out.write(entry.family().safi());
          out.write(entry.forwarding() ? 0x80 : 0);
        }
      }
      case Capability.Other(int code, String value) -> {
        byte[] bytes = HexFormat.of().parseHex(value);
        header(out, code, bytes.length);
        out.writeBytes(bytes);
      }
    }
  }

  private static void header(ByteArrayOutputStream out, int code, int length) {
    if (length > 0xff) {
      throw new IllegalArgumentException("capability=" + code + " length=" + length);
    }
    out.write(code);
    out.write(length);
  }

  static byte[] frame(int type, byte[] body) {
    ByteBuffer message = ByteBuffer.allocate(Message.HEADER + body.length);
    message.putLong(-1).putLong(-1).putShort((short) message.capacity()).put((byte) type).put(body);
    return message.array();
  }

  static void put16(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }

  static void put32(ByteArrayOutputStream out, int value) {
    put16(out, value >>> 16);
    put16(out, value);
  }

  /** Encodes an UPDATE that fits into one message, for tests and small ones. */
  public static List<byte[]> update(Message.Update update, Wire wire) {
    List<byte[]> messages = new ArrayList<>();
    UpdateEncoder encoder = new UpdateEncoder(wire);
    messages.addAll(encoder.withdraw(update.withdrawn()));
    update
        .attributes()
        .ifPresent(attributes -> messages.addAll(encoder.announce(attributes, update.announced())));
    update.endOfRib().ifPresent(family -> messages.add(endOfRib(family)));
    return messages;
  }

  /** Returns the bytes that a prefix takes among routes. */
  static int size(Cidr prefix) {
    return 1 + (prefix.prefixLength() + 7) / 8;
  }
}
