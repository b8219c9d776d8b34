package dev.ballast.loadbalancer.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.membership.Heartbeat.Heard;
import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CodecTest {
  private final Codec codec = new Codec("secret".getBytes(StandardCharsets.UTF_8));
  private final Heartbeat beat =
      new Heartbeat(
          "node-1",
          42,
          7,
          Heartbeat.Phase.READY,
          Set.of(new Link("eth0", 0x0200_0000_0001L)),
          Map.of(-5, new Heard(Heartbeat.Phase.LATE, true), 6, new Heard(Phase.GONE, false)),
          true,
          Set.of(1L, -1L),
          0,
          1,
          99,
          -98);

  @Test
  void reads_what_it_wrote() {
    assertThat(codec.decode(codec.encode(beat))).contains(beat);
  }

  @Test
  void fits_into_one_ethernet_frame_at_its_largest() {
    Set<Long> claims = LongStream.range(0, Codec.CLAIMS_IN_ONE).boxed().collect(Collectors.toSet());
    Set<Link> links =
        LongStream.range(0, Codec.MOST_LINKS)
            .mapToObj(i -> new Link("interface-nr" + (i + 100), i))
            .collect(Collectors.toSet());
    Map<Integer, Heard> hears = new HashMap<>();
    for (int i = 0; i < Codec.MOST_HEARD; i++) {
      hears.put(i, new Heard(Phase.READY, true));
    }
    Heartbeat large =
        new Heartbeat("n".repeat(63), 1, 1, Phase.READY, links, hears, true, claims, 81, 82, 5, 6);

    assertThat(codec.encode(large)).hasSizeLessThan(1_472);
    assertThat(codec.decode(codec.encode(large))).contains(large);
  }

  @Test
  void random_datagrams_with_a_right_hmac_are_refused_or_read_and_never_thrown() throws Exception {
    Mac hmac = Mac.getInstance("HmacSHA256");
    hmac.init(new SecretKeySpec("secret".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    Random random = new Random(1);
    byte[] good = codec.encode(beat);
    int read = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] body = Arrays.copyOf(good, 5 + random.nextInt(good.length - 32 - 4));
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt();
      }
      byte[] datagram = Arrays.copyOf(body, body.length + 32);
      System.arraycopy(hmac.doFinal(body), 0, datagram, body.length, 32);
      read += codec.decode(datagram).isPresent() ? 1 : 0;
    }
    assertThat(read).isPositive().isLessThan(50_000);
  }

  @Test
  void refuses_each_flipped_byte_each_cut_and_another_secret() {
    byte[] good = codec.encode(beat);

    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 1;
      assertThat(codec.decode(damaged)).isEmpty();
      assertThat(codec.decode(Arrays.copyOf(good, i))).isEmpty();
    }
    assertThat(new Codec(new byte[0]).decode(good)).isEmpty();
  }
}
