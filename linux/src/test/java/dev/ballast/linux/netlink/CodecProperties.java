package dev.ballast.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever bytes arrive, decoding ends in events or in {@link NetlinkFormatException}. */
class CodecProperties {
  @Property(tries = 3000)
  void any_bytes_decode_or_are_refused(@ForAll @Size(max = 300) byte[] bytes) {
    try {
      NetworkWatch.decode(Message.decode(ByteBuffer.wrap(bytes)));
    } catch (NetlinkFormatException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Property(tries = 3000)
  void a_true_message_with_bytes_changed_decodes_or_is_refused(
      @ForAll @Size(8) List<@IntRange(max = 10_000) Integer> places,
      @ForAll @Size(8) byte[] values) {
    byte[] bytes = KernelBytes.link();
    for (int i = 0; i < values.length; i++) {
      bytes[places.get(i) % bytes.length] = values[i];
    }
    try {
      NetworkWatch.decode(Message.decode(ByteBuffer.wrap(bytes)));
    } catch (NetlinkFormatException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Property(tries = 1000)
  void a_cut_message_is_refused(@ForAll @IntRange(min = 16, max = 10_000) int cut) {
    byte[] bytes = KernelBytes.link();
    int length = 16 + cut % (bytes.length - 16);
    ByteBuffer part = ByteBuffer.wrap(bytes, 0, length);

    org.assertj.core.api.Assertions.assertThatThrownBy(() -> Message.decode(part))
        .isInstanceOf(NetlinkFormatException.class)
        .hasMessageContaining("bytes are left");
  }
}
