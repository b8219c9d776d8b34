package dev.ballast.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Two namespaces and a pair of interfaces, with {@code ip} as the judge. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class NamespacesIT {
  private final String one = "blt-it" + ProcessHandle.current().pid() + "a";
  private final String other = "blt-it" + ProcessHandle.current().pid() + "b";

  @BeforeEach
  void make() throws Exception {
    for (String name : List.of(one, other)) {
      onThread(() -> {
        Namespaces.unshare(EnumSet.of(Namespaces.Kind.NETWORK));
        Namespaces.name(Namespaces.ofThisThread(Namespaces.Kind.NETWORK), name);
        return name;
      });
    }
    in(
        one,
        () -> {
          try (Route route = Route.open()) {
            route.addVeth("eth0", "eth0", Namespaces.named(other));
            route.mac("eth0", Mac.parse("02:00:00:00:00:01"));
            route.addAddress("eth0", InetAddress.getByName("10.9.0.1"), 24);
            route.up("eth0");
          }
          return one;
        });
    in(
        other,
        () -> {
          try (Route route = Route.open()) {
            route.addAddress("eth0", InetAddress.getByName("10.9.0.2"), 24);
            route.up("eth0");
          }
          return other;
        });
  }

  @AfterEach
  void remove() throws Exception {
    Namespaces.unname(one);
    Namespaces.unname(other);
  }

  @Test
  void ip_sees_the_links_and_addresses_that_were_made() throws Exception {
    assertThat(ip("-n", one, "-o", "addr", "show", "dev", "eth0")).contains("10.9.0.1/24");
    assertThat(ip("-n", one, "-o", "link", "show", "dev", "eth0"))
        .contains("02:00:00:00:00:01")
        .contains("UP");
  }

  @Test
  void the_kernels_own_words_are_in_the_error() throws Exception {
    in(
        one,
        () -> {
          try (Route route = Route.open()) {
            assertThatThrownBy(() ->
                    route.addRoute(
                        InetAddress.getByName("0.0.0.0"), 0, InetAddress.getByName("192.168.99.1")))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("Nexthop has invalid gateway");
          }
          return one;
        });
  }

  @Test
  void an_address_is_accepted_that_no_interface_has() throws Exception {
    in(
        one,
        () -> {
          try (Route route = Route.open()) {
            route.addLocal(InetAddress.getByName("10.9.0.50"), "lo");
          }
          return one;
        });

    assertThat(ip("-n", one, "route", "show", "table", "local")).contains("local 10.9.0.50 dev lo");
  }

  @Test
  void the_filter_passes_requests_alone() throws Exception {
    byte[] frame =
        in(
            other,
            () -> {
              try (Route route = Route.open();
                  PacketSocket socket =
                      PacketSocket.open(route.get("eth0").index(), 0x0806, PacketFilter.arp(1))) {
                provoke(one, "10.9.0.77");
                return socket.receive(Duration.ofSeconds(10)).orElseThrow();
              }
            });

    assertThat(new byte[] {frame[20], frame[21]}).containsExactly(0, 1);
    assertThat(new byte[] {frame[38], frame[39], frame[40], frame[41]})
        .containsExactly(10, 9, 0, 77);
  }

  @Test
  void a_virtual_thread_may_not_change_its_carriers_namespace() throws Exception {
    FutureTask<Throwable> refused =
        new FutureTask<>(() -> {
          try {
            Namespaces.enter(Namespaces.named(one), Namespaces.Kind.NETWORK);
            throw new AssertionError("entered");
          } catch (IllegalStateException e) {
            return e;
          }
        });
    Thread.startVirtualThread(refused);

    assertThat(refused.get(10, TimeUnit.SECONDS)).hasMessageContaining("virtual thread");
  }

  /** Sends something to an address that nobody has, so that the kernel asks for it. */
  private static void provoke(String namespace, String address) throws Exception {
    new ProcessBuilder(
            "ip", "netns", "exec", namespace, "bash", "-c", "echo > /dev/udp/" + address + "/9")
        .start()
        .waitFor(10, TimeUnit.SECONDS);
  }

  private static String ip(String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("ip");
    builder.command().addAll(List.of(arguments));
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }

  private static <T> T in(String namespace, Callable<T> action) throws Exception {
    return onThread(() -> {
      Namespaces.enter(Namespaces.named(namespace), Namespaces.Kind.NETWORK);
      return action.call();
    });
  }

  private static <T> T onThread(Callable<T> action) throws Exception {
    FutureTask<T> task = new FutureTask<>(action);
    Thread.ofPlatform().start(task);
    return task.get(30, TimeUnit.SECONDS);
  }
}
