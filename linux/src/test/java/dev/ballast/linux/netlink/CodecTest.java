package dev.ballast.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CodecTest {
  @BeforeEach
  void byteOrder() {
    Assumptions.assumeTrue(
        java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN,
        "the recorded bytes are of a little-endian machine");
  }

  @Test
  void reads_the_loopback_link() {
    List<Message> messages = Message.decode(ByteBuffer.wrap(KernelBytes.link()));

    Link link = Link.decode(messages.getFirst());

    assertThat(messages).hasSize(1);
    assertThat(link)
        .isEqualTo(
            new Link(
                1,
                "lo",
                Optional.of(MacAddress.parse("00:00:00:00:00:00")),
                true,
                true,
                65536,
                0,
                0,
                "",
                0x10049));
  }

  @Test
  void reads_the_kernels_sentence_in_a_refusal() {
    Message message = Message.decode(ByteBuffer.wrap(KernelBytes.refusal())).getFirst();

    assertThat(Acknowledgement.decode(message))
        .isEqualTo(new Acknowledgement(101, "Nexthop has invalid gateway"));
  }

  @Test
  void refuses_an_attribute_that_is_longer_than_its_message() {
    ByteBuffer bytes =
        ByteBuffer.allocate(8).order(java.nio.ByteOrder.nativeOrder()).putShort((short) 9).flip();
    bytes.limit(8);

    assertThatThrownBy(() -> Attributes.decode(bytes))
        .isInstanceOf(NetlinkFormatException.class)
        .hasMessageContaining("length=9 but 8 bytes are left");
  }

  @Test
  void tells_no_link_event_of_a_bridges_view_of_its_port() {
    byte[] bytes = KernelBytes.link();
    bytes[16] = 7; // AF_BRIDGE
    bytes[4] = (byte) Link.DELETE;

    assertThat(NetworkWatch.decode(Message.decode(ByteBuffer.wrap(bytes)))).isEmpty();
  }
}
