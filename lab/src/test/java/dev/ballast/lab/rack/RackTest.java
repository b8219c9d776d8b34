package dev.ballast.lab.rack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RackTest {
  private static Host host(String name, String address) {
    return new Host(name, List.of(Port.of("eth0", "lan", address)), List.of(), Map.of());
  }

  private static Rack rack(Host... hosts) {
    return new Rack("test", List.of("lan"), List.of(hosts));
  }

  @Test
  void plans_a_network_a_cable_and_an_address_a_host() {
    Host host =
        new Host(
            "n1",
            List.of(Port.of("eth0", "lan", "10.0.0.11/24")),
            List.of(Way.of("0.0.0.0/0", "10.0.0.1")),
            Map.of("net.ipv4.conf.all.arp_ignore", "1"));

    assertThat(Plan.of(rack(host)).steps().stream().map(Step::toString))
        .containsExactly(
            "network namespace blt-test-switch",
            "bridge lan in blt-test-switch",
            "network namespace blt-test-n1",
            "setting net.ipv4.conf.all.arp_ignore=1 in blt-test-n1",
            "cable eth0 (02:b1:0a:00:00:0b) in blt-test-n1 to n1-eth0 at lan",
            "address 10.0.0.11/24 on eth0 in blt-test-n1",
            "route 0.0.0.0/0 via 10.0.0.1 in blt-test-n1");
  }

  @Test
  void refuses_two_hosts_of_one_name() {
    assertThatThrownBy(() -> rack(host("n1", "10.0.0.1/24"), host("n1", "10.0.0.2/24")))
        .hasMessage("the name is given twice: n1");
  }

  @Test
  void refuses_two_hosts_of_one_address() {
    assertThatThrownBy(() -> rack(host("n1", "10.0.0.1/24"), host("n2", "10.0.0.1/24")))
        .hasMessageContaining("host=n2 port=eth0 has an address that is given already: 10.0.0.1");
  }

  @Test
  void refuses_a_cable_to_nowhere() {
    assertThatThrownBy(() -> new Rack("test", List.of(), List.of(host("n1", "10.0.0.1/24"))))
        .hasMessageContaining("unknown segment lan");
  }

  @Test
  void refuses_names_that_would_not_fit_into_an_interface_name() {
    assertThatThrownBy(() -> rack(host("averylongname", "10.0.0.1/24")))
        .hasMessageContaining("not a name in a rack");
  }

  @Test
  void refuses_settings_outside_the_network() {
    assertThatThrownBy(() -> new Host("n1", List.of(), List.of(), Map.of("kernel.panic", "1")))
        .hasMessageContaining("not a setting of a network");
  }
}
