package dev.ballast.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class MessageTest {

  @Test
  void what_is_written_is_read_back() throws Exception {
    Message.Writer writer = new Message.Writer(16, 5);
    writer.u8(1).u8(2).u16(3).attribute(3, "eth0").attribute(4, 1500);

    Message.Received message = Message.Received.next(writer.finish(7));

    assertThat(message.type()).isEqualTo(16);
    assertThat(message.sequence()).isEqualTo(7);
    var attributes = Message.attributes(message.payload(), 4);
    assertThat(Message.text(attributes.get(3))).isEqualTo("eth0");
    assertThat(attributes.get(4).getInt(0)).isEqualTo(1500);
  }

  @Test
  void a_length_beyond_the_datagram_is_refused() {
    ByteBuffer datagram = new Message.Writer(16, 5).finish(1);
    datagram.putInt(0, 4096);

    assertThatThrownBy(() -> Message.Received.next(datagram))
        .isInstanceOf(Message.MalformedMessage.class)
        .hasMessageContaining("claimed=4096");
  }

  @Test
  void an_attribute_beyond_the_message_is_refused() throws Exception {
    ByteBuffer datagram = new Message.Writer(16, 5).attribute(3, "eth0").finish(1);
    datagram.putShort(Message.HEADER, (short) 60);
    Message.Received message = Message.Received.next(datagram);

    assertThatThrownBy(() -> Message.attributes(message.payload(), 0))
        .isInstanceOf(Message.MalformedMessage.class);
  }

  @Test
  void no_bytes_at_all_make_the_decoder_read_outside() {
    Random random = new Random(42);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(96)];
      random.nextBytes(bytes);
      if (bytes.length >= 4 && random.nextBoolean()) {
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, bytes.length);
      }
      ByteBuffer datagram = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      try {
        while (datagram.hasRemaining()) {
          Message.Received message = Message.Received.next(datagram);
          Message.attributes(message.payload(), 0);
          Message.attributes(message.payload(), 16);
        }
      } catch (Message.MalformedMessage e) {
        assertThat(e).hasMessageContaining("malformed netlink");
      }
    }
  }
}
