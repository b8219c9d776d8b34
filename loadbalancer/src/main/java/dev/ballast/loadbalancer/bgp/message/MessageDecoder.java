package dev.ballast.loadbalancer.bgp.message;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Decodes messages whose headers {@link Frames} has checked. */
public final class MessageDecoder {
  private static final int VERSION = 4;
  private static final int CAPABILITIES = 2;
  private static final int EXTENDED = 255;

  private MessageDecoder() {}

  /**
   * Returns the message.
   *
   * @throws MessageException with the NOTIFICATION that the sender gets
   */
  public static Message decode(byte[] message, Wire wire) throws MessageException {
    ByteBuffer body = ByteBuffer.wrap(message, Message.HEADER, message.length - Message.HEADER);
    return switch (message[Message.HEADER - 1]) {
      case MessageType.OPEN -> open(body);
      case MessageType.UPDATE -> new UpdateDecoder(wire).decode(body);
      case MessageType.NOTIFICATION -> {
        int code = body.get() & 0xff;
        int subcode = body.get() & 0xff;
        byte[] data = new byte[body.remaining()];
        body.get(data);
        yield new Message.Notification(code, subcode, data);
      }
      case MessageType.KEEPALIVE -> new Message.Keepalive();
      case MessageType.ROUTE_REFRESH -> refresh(body, message);
      default -> throw new MessageException(Fault.BAD_TYPE, message[Message.HEADER - 1]);
    };
  }

  private static Message refresh(ByteBuffer body, byte[] message) throws MessageException {
    if (body.remaining() != 4) {
      throw new MessageException(Fault.ROUTE_REFRESH_LENGTH, message);
    }
    int afi = body.getShort() & 0xffff;
    int subtype = body.get() & 0xff;
    return new Message.RouteRefresh(new AddressFamily(afi, body.get() & 0xff), subtype);
  }

  private static Message.Open open(ByteBuffer body) throws MessageException {
    int version = body.get() & 0xff;
    if (version != VERSION) {
      throw new MessageException(Fault.UNSUPPORTED_VERSION, (byte) 0, (byte) VERSION);
    }
    long as = body.getShort() & 0xffff;
    int holdTime = body.getShort() & 0xffff;
    if (holdTime == 1 || holdTime == 2) {
      throw new MessageException(Fault.UNACCEPTABLE_HOLD_TIME);
    }
    int identifier = body.getInt();
    List<Capability> capabilities = parameters(body);
    for (Capability capability : capabilities) {
      if (capability instanceof Capability.FourOctetAs(long wide)) {
        as = wide;
      }
    }
    if (as == 0) {
      throw new MessageException(Fault.BAD_PEER_AS);
    }
    return new Message.Open(as, holdTime, identifier, capabilities);
  }

  private static List<Capability> parameters(ByteBuffer body) throws MessageException {
    int length = body.get() & 0xff;
    boolean extended =
        length == EXTENDED && body.hasRemaining() && (body.get(body.position()) & 0xff) == EXTENDED;
    if (extended) {
      body.get();
      require(body.remaining() >= 2);
      length = body.getShort() & 0xffff;
    }
    require(length == body.remaining());
    List<Capability> capabilities = new ArrayList<>();
    while (body.hasRemaining()) {
      int type = body.get() & 0xff;
      require(body.remaining() >= (extended ? 2 : 1));
      int size = extended ? body.getShort() & 0xffff : body.get() & 0xff;
      require(size <= body.remaining());
      if (type != CAPABILITIES) {
        throw new MessageException(Fault.UNSUPPORTED_PARAMETER);
      }
      ByteBuffer value = body.slice(body.position(), size);
      body.position(body.position() + size);
      while (value.hasRemaining()) {
        capabilities.add(capability(value));
      }
    }
    return capabilities;
  }

  private static Capability capability(ByteBuffer value) throws MessageException {
    require(value.remaining() >= 2);
    int code = value.get() & 0xff;
    int length = value.get() & 0xff;
    require(length <= value.remaining());
    byte[] bytes = new byte[length];
    value.get(bytes);
    // Of a wrong length it is as good as unknown (RFC 5492 section 3: ignore).
    if (!fits(code, length)) {
      return new Capability.Other(code, HexFormat.of().formatHex(bytes));
    }
    ByteBuffer of = ByteBuffer.wrap(bytes);
    return switch (code) {
      case CapabilityCode.MULTIPROTOCOL -> new Capability.Multiprotocol(family(of));
      case CapabilityCode.ROUTE_REFRESH -> new Capability.RouteRefresh();
      case CapabilityCode.FOUR_OCTET_AS -> new Capability.FourOctetAs(of.getInt() & 0xffff_ffffL);
      case CapabilityCode.EXTENDED_NEXT_HOP -> {
        List<Capability.ExtendedNextHop.Entry> entries = new ArrayList<>();
        while (of.hasRemaining()) {
          entries.add(new Capability.ExtendedNextHop.Entry(family(of), of.getShort() & 0xffff));
        }
        yield new Capability.ExtendedNextHop(entries);
      }
      case CapabilityCode.GRACEFUL_RESTART -> {
        int flags = of.getShort() & 0xffff;
        List<Capability.GracefulRestart.Forwarding> entries = new ArrayList<>();
        while (of.hasRemaining()) {
          AddressFamily family = new AddressFamily(of.getShort() & 0xffff, of.get() & 0xff);
          entries.add(new Capability.GracefulRestart.Forwarding(family, (of.get() & 0x80) != 0));
        }
        yield new Capability.GracefulRestart(
            (flags & 0x8000) != 0, (flags & 0x4000) != 0, flags & 0xfff, entries);
      }
      default -> new Capability.Other(code, HexFormat.of().formatHex(bytes));
    };
  }

  private static boolean fits(int code, int length) {
    return switch (code) {
      case CapabilityCode.MULTIPROTOCOL, CapabilityCode.FOUR_OCTET_AS -> length == 4;
      case CapabilityCode.ROUTE_REFRESH -> length == 0;
      case CapabilityCode.EXTENDED_NEXT_HOP -> length % 6 == 0;
      case CapabilityCode.GRACEFUL_RESTART -> length % 4 == 2;
      default -> true;
    };
  }

  private static AddressFamily family(ByteBuffer value) {
    int afi = value.getShort() & 0xffff;
    return new AddressFamily(afi, value.getShort() & 0xff);
  }

  private static void require(boolean fits) throws MessageException {
    if (!fits) {
      throw new MessageException(Fault.MALFORMED_OPEN);
    }
  }
}
