package dev.ballast.images.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ParallelGzipTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 524_287, 524_288, 524_289, 3_000_000})
  void any_number_of_threads_gives_the_same_stream_that_unpacks(int size) throws IOException {
    byte[] data = new byte[size];
    Random random = new Random(size);
    for (int i = 0; i < size; i++) {
      data[i] = (byte) random.nextInt(16);
    }
    byte[] alone = compress(data, Runnable::run);
    byte[] together = compress(data, task -> Thread.ofPlatform().start(task));
    assertThat(together).isEqualTo(alone);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(alone)).readAllBytes()).isEqualTo(data);
  }

  private static byte[] compress(byte[] data, Executor executor) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParallelGzip gzip = new ParallelGzip(out, executor)) {
      gzip.write(data);
    }
    return out.toByteArray();
  }
}
