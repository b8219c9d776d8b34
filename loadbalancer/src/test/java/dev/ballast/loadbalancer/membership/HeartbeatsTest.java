package dev.ballast.loadbalancer.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The sockets and threads, over loopback: two speakers on two addresses of 127/8. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@SuppressWarnings("try") // Closing early is what one of the tests is about.
class HeartbeatsTest {
  private static final Timing TIMING = Timing.DEFAULT;
  private final BlockingQueue<View> seenByOne = new LinkedBlockingQueue<>();
  private final BlockingQueue<View> seenByTwo = new LinkedBlockingQueue<>();

  @Test
  void speakers_find_each_other_hear_claims_and_goodbyes() throws Exception {
    int port = freePort();
    try (Heartbeats one = speaker("one", "127.0.0.2", port, "s", seenByOne);
        Heartbeats two = speaker("two", "127.0.0.3", port, "s", seenByTwo)) {
      await(seenByOne, view -> view.ready().equals(Set.of("one", "two")));
      await(seenByTwo, view -> view.ready().equals(Set.of("one", "two")));

      two.claims(Set.of(7L));
      await(seenByOne, view -> view.claims("two", 7));

      two.leave();
      await(seenByOne, view -> view.ready().equals(Set.of("one")) && view.claims("two", 7));

      two.close();
      await(seenByOne, view -> !view.claimed().containsKey("two"));
    }
  }

  @Test
  void speakers_with_another_secret_do_not_hear_each_other() throws Exception {
    int port = freePort();
    try (Heartbeats one = speaker("one", "127.0.0.2", port, "s", seenByOne);
        Heartbeats two = speaker("two", "127.0.0.3", port, "t", seenByTwo)) {
      await(seenByOne, view -> view.ready().contains("one"));
      await(seenByTwo, view -> view.ready().contains("two"));

      assertThat(one.view().ready()).containsExactly("one");
      assertThat(two.view().ready()).containsExactly("two");
    }
  }

  private static Heartbeats speaker(
      String name, String address, int port, String secret, BlockingQueue<View> seen)
      throws IOException {
    Detector detector = new Detector(name, TIMING, new Random(), System.nanoTime());
    Heartbeats heartbeats =
        new Heartbeats(
            detector,
            TIMING,
            secret.getBytes(StandardCharsets.UTF_8),
            new InetSocketAddress(address, port),
            seen::add);
    heartbeats.peers(
        Map.of(
            "one", InetAddress.getByName("127.0.0.2"), "two", InetAddress.getByName("127.0.0.3")));
    heartbeats.start(Thread.ofPlatform().daemon().factory());
    return heartbeats;
  }

  private static void await(BlockingQueue<View> seen, Predicate<View> wanted)
      throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      View view = seen.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      assertThat(view).as("a view in time").isNotNull();
      if (wanted.test(view)) {
        return;
      }
    }
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.2"))) {
      return socket.getLocalPort();
    }
  }
}
