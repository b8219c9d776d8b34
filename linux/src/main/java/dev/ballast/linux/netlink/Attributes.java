package dev.ballast.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The attributes that follow a netlink header: length, type and padded value, by type. Of several
 * with one type the last counts, as in the kernel. No length is believed before it was compared
 * with what there is.
 */
record Attributes(Map<Integer, byte[]> values) {
  private static final int HEADER = 4;
  private static final int TYPE_MASK = 0x3fff; // without the flags NESTED and NET_BYTEORDER

  static Attributes decode(ByteBuffer bytes) {
    ByteBuffer rest = bytes.slice().order(ByteOrder.nativeOrder());
    Map<Integer, byte[]> values = new LinkedHashMap<>();
    while (rest.remaining() >= HEADER) {
      int start = rest.position();
      int length = Short.toUnsignedInt(rest.getShort());
      int type = Short.toUnsignedInt(rest.getShort()) & TYPE_MASK;
      if (length < HEADER || length - HEADER > rest.remaining()) {
        throw new NetlinkFormatException(
            "attribute type=%d length=%d but %d bytes are left"
                .formatted(type, length, rest.remaining() + HEADER));
      }
      byte[] value = new byte[length - HEADER];
      rest.get(value);
      values.put(type, value);
      rest.position(Math.min(rest.limit(), start + align(length)));
    }
    return new Attributes(values);
  }

  static int align(int length) {
    return (length + 3) & ~3;
  }

  Optional<byte[]> bytes(int type) {
    return Optional.ofNullable(values.get(type));
  }

  Optional<Integer> number(int type) {
    return bytes(type)
        .map(value -> {
          if (value.length != Integer.BYTES) {
            throw new NetlinkFormatException(
                "attribute type=%d has %d bytes, not 4".formatted(type, value.length));
          }
          return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
        });
  }

  Optional<String> text(int type) {
    return bytes(type)
        .map(value -> {
          int end = 0;
          while (end < value.length && value[end] != 0) {
            end++;
          }
          return new String(value, 0, end, StandardCharsets.UTF_8);
        });
  }

  Attributes nested(int type) {
    return bytes(type)
        .map(value -> decode(ByteBuffer.wrap(value)))
        .orElse(new Attributes(Map.of()));
  }
}
