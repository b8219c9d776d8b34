package dev.ballast.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.Root;
import dev.ballast.linux.namespace.NamedNetwork;
import dev.ballast.linux.namespace.Namespace;
import java.net.InetAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RouteSocketIT {
  private final String a = "blt-nla-" + ProcessHandle.current().pid();
  private final String b = "blt-nlb-" + ProcessHandle.current().pid();

  @BeforeEach
  void make() {
    Root.require("ip");
    NamedNetwork.create(a).close();
    NamedNetwork.create(b).close();
  }

  @AfterEach
  void remove() {
    NamedNetwork.delete(a);
    NamedNetwork.delete(b);
  }

  private static RouteSocket in(String name) {
    return Root.onThread(() -> {
      try (Namespace network = NamedNetwork.open(name)) {
        network.enter();
      }
      return RouteSocket.open();
    });
  }

  private static String ip(String network, String... words) {
    String[] command = new String[words.length + 3];
    command[0] = "ip";
    command[1] = "-n";
    command[2] = network;
    System.arraycopy(words, 0, command, 3, words.length);
    return Root.judge(command);
  }

  @Test
  void cables_two_networks_as_ip_sees_them() throws Exception {
    try (RouteSocket left = in(a);
        RouteSocket right = in(b);
        Namespace far = NamedNetwork.open(b)) {
      left.addVeth("eth0", "eth1", far);
      left.addBridge("br0");
      Link eth0 = left.requireLink("eth0");
      Link eth1 = right.requireLink("eth1");
      MacAddress mac = MacAddress.parse("02:00:00:00:00:07");
      left.setMac(eth0.index(), mac);
      left.setMtu(eth0.index(), 1400);
      left.setUp(eth0.index());
      right.setUp(eth1.index());
      left.add(InterfaceAddress.of(eth0.index(), InetAddress.getByName("192.0.2.1"), 24));
      left.add(InterfaceAddress.of(eth0.index(), InetAddress.getByName("2001:db8::1"), 64));
      left.add(
          Route.via(InetAddress.getByName("0.0.0.0"), 0, InetAddress.getByName("192.0.2.254")));
      left.replace(Neighbour.permanent(eth0.index(), InetAddress.getByName("192.0.2.254"), mac));

      assertThat(ip(a, "-o", "link", "show", "eth0"))
          .contains("mtu 1400", "UP", "02:00:00:00:00:07");
      assertThat(ip(a, "-o", "addr")).contains("192.0.2.1/24", "2001:db8::1/64");
      assertThat(ip(a, "route")).contains("default via 192.0.2.254 dev eth0");
      assertThat(ip(a, "neigh")).contains("192.0.2.254", "PERMANENT");
      assertThat(left.addresses())
          .contains(InterfaceAddress.of(eth0.index(), InetAddress.getByName("192.0.2.1"), 24));
      assertThat(left.routes()).anyMatch(Route::isDefault);
      assertThat(left.neighbours())
          .contains(Neighbour.permanent(eth0.index(), InetAddress.getByName("192.0.2.254"), mac));
      assertThat(eth0.peer()).isEqualTo(eth1.index());
      assertThat(eth0.kind()).isEqualTo("veth");

      left.setMaster(eth0.index(), left.requireLink("br0").index());
      assertThat(ip(a, "-o", "link", "show", "eth0")).contains("master br0");
      right.move(eth1.index(), Root.onThread(() -> NamedNetwork.open(a)));
      assertThat(right.link("eth1")).isEmpty();
      left.deleteLink(eth0.index());
      assertThat(ip(a, "link")).doesNotContain("eth0").doesNotContain("eth1");
    }
  }

  @Test
  void errors_carry_the_kernels_own_words() {
    try (RouteSocket left = in(a)) {
      assertThatThrownBy(() ->
              left.add(
                  Route.via(
                      InetAddress.getByName("10.0.0.0"), 8, InetAddress.getByName("9.9.9.9"))))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("route add")
          .hasMessageContaining("Nexthop has invalid gateway");
      left.addBridge("br0");
      assertThatThrownBy(() -> left.addBridge("br0"))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.is(Errno.EEXIST)).isTrue());
      assertThatThrownBy(() -> left.setUp(4711)).hasMessageContaining("ENODEV");
    }
  }
}
