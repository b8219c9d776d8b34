package dev.ballast.loadbalancer.layer2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SelectionTest {
  @ParameterizedTest
  @ValueSource(strings = {"lo", "veth0", "docker0", "cali1234", "cni0", "kube-ipvs0", "lxc5"})
  void leaves_out_what_MetalLB_leaves_out(String name) {
    assertThat(Selection.standard().objection(usable(name))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"eth0", "ens3", "bond0", "br0", "loop"})
  void takes_the_rest(String name) {
    assertThat(Selection.standard().objection(usable(name))).isEqualTo(Optional.empty());
  }

  @Test
  void takes_what_is_named_and_nothing_else() {
    Selection named = new Selection(Set.of("veth7"), List.of());

    assertThat(named.objection(usable("veth7"))).isEmpty();
    assertThat(named.objection(usable("eth0")))
        .contains("it is not among the interfaces that the speaker was given");
  }

  @Test
  void leaves_out_what_can_not_answer() {
    assertThat(Selection.standard().objection(new Selection.Link("eth0", false, true, false)))
        .contains("it is not up");
    assertThat(Selection.standard().objection(new Selection.Link("eth0", true, false, false)))
        .contains("it has no ARP (NOARP)");
    assertThat(Selection.standard().objection(new Selection.Link("eth0", true, true, true)))
        .contains("it belongs to a bridge or bond, which answers instead");
  }

  private static Selection.Link usable(String name) {
    return new Selection.Link(name, true, true, false);
  }
}
