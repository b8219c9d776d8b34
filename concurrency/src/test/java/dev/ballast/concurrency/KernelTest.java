package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KernelTest {
  @Test
  void knowsTheCallingThreadBeforeAndAfterItIsLinked() throws Exception {
    int own = Integer.parseInt(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
    assertThat(Kernel.tid()).isEqualTo(own);
    Kernel.linkTid();
    assertThat(Kernel.tid()).isEqualTo(own);
  }
}
