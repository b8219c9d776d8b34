package dev.ballast.loadbalancer.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CodecTest {
  private final Codec codec = new Codec("secret".getBytes(StandardCharsets.UTF_8));
  private final Heartbeat beat =
      new Heartbeat("node-1", 42, 7, Heartbeat.Phase.READY, Set.of(1L, -1L), 0, 1);

  @Test
  void reads_what_it_wrote() {
    assertThat(codec.decode(codec.encode(beat))).contains(beat);
  }

  @Test
  void fits_into_one_piece_of_any_link() {
    Set<Long> most = LongStream.range(0, Codec.CLAIMS_IN_ONE).boxed().collect(Collectors.toSet());
    Heartbeat large = new Heartbeat("n".repeat(253), 1, 1, Heartbeat.Phase.READY, most, 81, 82);

    assertThat(codec.encode(large)).hasSizeLessThan(1_200);
    assertThat(codec.decode(codec.encode(large))).contains(large);
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
