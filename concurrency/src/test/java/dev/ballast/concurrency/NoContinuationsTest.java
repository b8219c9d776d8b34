package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM whose virtual threads are OS threads, in a process of its own. */
@Timeout(60)
class NoContinuationsTest {
  /** Starts a scheduler in the mode that it is given. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) {
      try (Scheduler unused = Scheduler.start(Tasks.inMode(arguments[0], Options.named("t")))) {
        System.out.println("started");
      } catch (UnsupportedRuntimeException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "portable", "deterministic"})
  void oneClearMessage(String mode) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:-VMContinuations",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName(),
                mode)
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(text)
        .isEqualTo(
            "this JVM has no continuations, which tasks are made of (its virtual threads are"
                + " java.lang.ThreadBuilders$BoundVirtualThread); start it without"
                + " -XX:-VMContinuations, or use a JVM for a processor that has them\n");
    assertThat(process.waitFor()).isZero();
  }
}
