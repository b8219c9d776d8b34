package dev.ballast.bench.stall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bench.queue.Subject;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No thread that stops anywhere inside a queue of ours stops the others. Steps are lines; with
 * {@code -Dnightly=true} they are bytecodes.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Execution(ExecutionMode.CONCURRENT)
class StallSweepIT {
  private static final StallSweep.Grain GRAIN =
      Boolean.getBoolean("nightly") ? StallSweep.Grain.BYTECODE : StallSweep.Grain.LINE;

  static Stream<Subject> lock_free() {
    return Arrays.stream(Subject.values()).filter(Subject::claimsLockFreedom);
  }

  @ParameterizedTest
  @MethodSource("lock_free")
  void a_thread_that_stops_anywhere_stops_nobody(Subject subject) throws Exception {
    StallSweep.Certificate certificate = StallSweep.sweep(subject.name(), GRAIN);

    assertThat(certificate.blocking()).isEmpty();
    assertThat(certificate.stalls()).as("places that were tried").isGreaterThan(50);
  }

  @Test
  void the_sweep_finds_the_place_in_a_queue_that_is_known_to_block() throws Exception {
    StallSweep.Certificate certificate =
        StallSweep.sweep(Subject.BALLAST_MPMC_FAST.name(), StallSweep.Grain.LINE);

    assertThat(certificate.blocking()).isNotEmpty();
  }
}
