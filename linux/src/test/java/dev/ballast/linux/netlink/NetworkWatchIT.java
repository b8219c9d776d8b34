package dev.ballast.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.Root;
import dev.ballast.linux.namespace.NamedNetwork;
import dev.ballast.linux.namespace.Namespace;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NetworkWatchIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private final String name = "blt-watch-" + ProcessHandle.current().pid();

  @BeforeEach
  void make() {
    Root.require("ip");
    NamedNetwork.create(name).close();
  }

  @AfterEach
  void remove() {
    NamedNetwork.delete(name);
  }

  private NetworkWatch watch(int bufferBytes) {
    return Root.onThread(() -> {
      try (Namespace network = NamedNetwork.open(name)) {
        network.enter();
      }
      return NetworkWatch.open(bufferBytes);
    });
  }

  private static NetworkEvent await(NetworkWatch watch, Predicate<NetworkEvent> wanted) {
    long end = System.nanoTime() + SOON.toNanos();
    while (System.nanoTime() < end) {
      for (NetworkEvent event : watch.next(SOON)) {
        if (wanted.test(event)) {
          return event;
        }
      }
    }
    throw new AssertionError("no such event");
  }

  @Test
  void tells_the_state_first_and_then_what_ip_changes() throws Exception {
    try (NetworkWatch watch = watch(1 << 20)) {
      List<NetworkEvent> first = watch.next(SOON);
      assertThat(first)
          .singleElement()
          .isInstanceOfSatisfying(
              NetworkEvent.Resync.class,
              all -> {
                assertThat(all.cause()).isEqualTo(NetworkEvent.Cause.START);
                assertThat(all.links()).extracting(Link::name).contains("lo");
              });

      Root.judge("ip", "-n", name, "addr", "add", "192.0.2.9/32", "dev", "lo");
      Root.judge("ip", "-n", name, "addr", "del", "192.0.2.9/32", "dev", "lo");

      InterfaceAddress address = InterfaceAddress.of(1, InetAddress.getByName("192.0.2.9"), 32);
      await(watch, new NetworkEvent.AddressChanged(address)::equals);
      await(watch, new NetworkEvent.AddressGone(address)::equals);
    }
  }

  @Test
  void tells_everything_anew_when_the_kernel_had_to_drop_events() throws Exception {
    try (NetworkWatch watch = watch(1)) {
      await(watch, NetworkEvent.Resync.class::isInstance);
      try (RouteSocket routes =
          Root.onThread(() -> {
            try (Namespace network = NamedNetwork.open(name)) {
              network.enter();
            }
            return RouteSocket.open();
          })) {
        for (int i = 1; i <= 200; i++) {
          routes.add(InterfaceAddress.of(1, InetAddress.getByName("198.51.100." + i), 32));
        }
      }

      NetworkEvent event = await(watch, NetworkEvent.Resync.class::isInstance);

      NetworkEvent.Resync all = (NetworkEvent.Resync) event;
      assertThat(all.cause()).isEqualTo(NetworkEvent.Cause.OVERFLOW);
      assertThat(all.addresses())
          .contains(InterfaceAddress.of(1, InetAddress.getByName("198.51.100.200"), 32));
    }
  }

  @Test
  void a_close_from_another_thread_wakes_the_one_that_waits() throws Exception {
    NetworkWatch watch = watch(1 << 20);
    await(watch, NetworkEvent.Resync.class::isInstance);
    FutureTask<List<NetworkEvent>> waiting =
        new FutureTask<>(() -> watch.next(Duration.ofHours(1)));
    Thread.ofPlatform().daemon().start(waiting);

    watch.close();

    assertThat(waiting.get(20, TimeUnit.SECONDS)).isEmpty();
    watch.close();
  }
}
