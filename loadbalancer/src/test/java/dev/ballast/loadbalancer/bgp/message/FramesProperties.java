package dev.ballast.loadbalancer.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class FramesProperties {
  private static final Wire[] WIRES = {
    new Wire(true, true), new Wire(true, false), new Wire(false, true), Wire.INITIAL
  };

  @Property
  void messages_are_found_however_the_stream_is_cut(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    List<byte[]> sent = new ArrayList<>();
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int i = 0; i < 1 + random.nextInt(8); i++) {
      byte[] body = new byte[4 + random.nextInt(200)];
      random.nextBytes(body);
      byte[] message = MessageEncoder.frame(MessageType.UPDATE, body);
      sent.add(message);
      stream.writeBytes(message);
    }

    List<byte[]> found = new ArrayList<>();
    Frames frames = new Frames();
    byte[] bytes = stream.toByteArray();
    for (int at = 0; at < bytes.length; ) {
      int count = Math.min(bytes.length - at, 1 + random.nextInt(60));
      frames.add(bytes, at, count, found::add);
      at += count;
    }

    assertThat(found).usingElementComparator(java.util.Arrays::compare).isEqualTo(sent);
  }

  /** Random bytes behind a right header, and right messages with some bytes changed. */
  @Property(tries = 20_000)
  void any_bytes_are_a_message_or_a_notification(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int type) {
    Random random = new Random(seed);
    byte[] body = new byte[random.nextInt(300)];
    random.nextBytes(body);
    if (random.nextBoolean() && type == MessageType.UPDATE && body.length > 8) {
      // Lengths that fit are the way to the decoder of attributes.
      body[0] = 0;
      body[1] = 0;
      body[2] = 0;
      body[3] = (byte) random.nextInt(Math.min(127, body.length - 4));
    }
    byte[] message = MessageEncoder.frame(type, body);
    try {
      new Frames()
          .add(
              message,
              0,
              message.length,
              whole -> {
                try {
                  assertThat(MessageDecoder.decode(whole, WIRES[random.nextInt(4)])).isNotNull();
                } catch (MessageException expected) {
                  assertThat(expected.notification().code()).isBetween(1, 7);
                }
              });
    } catch (MessageException expected) {
      assertThat(expected.notification().code()).isEqualTo(1);
    }
  }
}
