package dev.ballast.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Builds one request. */
final class Request {
  /** Far above what any request here needs. */
  private static final int MOST = 4096;

  private static final int NESTED = 0x8000;

  private final ByteBuffer bytes = ByteBuffer.allocate(MOST).order(ByteOrder.nativeOrder());
  private final String name;

  private Request(String name, int type, int flags) {
    this.name = name;
    bytes.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
  }

  /**
   * @param name tells a person what was asked: {@code link add}
   */
  static Request of(String name, int type, int flags) {
    return new Request(name, type, flags | Message.F_REQUEST);
  }

  String name() {
    return name;
  }

  Request header(Consumer<ByteBuffer> fixed) {
    fixed.accept(bytes);
    pad();
    return this;
  }

  Request attribute(int type, byte[] value) {
    bytes.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    pad();
    return this;
  }

  Request attribute(int type, int value) {
    return attribute(
        type, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
  }

  Request attribute(int type, String value) {
    return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  Request nested(int type, Consumer<Request> inside) {
    int start = bytes.position();
    bytes.putShort((short) 0).putShort((short) (type | NESTED));
    inside.accept(this);
    bytes.putShort(start, (short) (bytes.position() - start));
    return this;
  }

  private void pad() {
    while ((bytes.position() & 3) != 0) {
      bytes.put((byte) 0);
    }
  }

  byte[] encode(int sequence, int moreFlags) {
    bytes.putShort(6, (short) (bytes.getShort(6) | moreFlags));
    bytes.putInt(0, bytes.position()).putInt(8, sequence);
    byte[] encoded = new byte[bytes.position()];
    bytes.get(0, encoded);
    return encoded;
  }
}
