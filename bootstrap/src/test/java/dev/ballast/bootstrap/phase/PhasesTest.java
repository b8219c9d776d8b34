package dev.ballast.bootstrap.phase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.init.InitPhases;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PhasesTest {
  private final Phases<List<String>> phases =
      new Phases<>(
          "ballast test",
          List.of(
              Phase.of("one", "", done -> done.add("one")),
              Phase.group(
                  "two",
                  "",
                  List.of(
                      Phase.of("a", "", done -> done.add("two/a")),
                      Phase.of("b", "", done -> done.add("two/b"))))));

  @Test
  void all_run_in_order_but_for_those_that_are_skipped() {
    var done = new ArrayList<String>();

    phases.run(done, Set.of("two/a"));

    assertThat(done).containsExactly("one", "two/b");
  }

  @Test
  void a_group_is_skipped_whole_and_run_whole() {
    var skipped = new ArrayList<String>();
    var one = new ArrayList<String>();

    phases.run(skipped, Set.of("two"));
    phases.runOne(phases.find(List.of("two", "all")).orElseThrow(), one);

    assertThat(skipped).containsExactly("one");
    assertThat(one).containsExactly("two/a", "two/b");
  }

  @Test
  void an_unknown_name_runs_nothing() {
    var done = new ArrayList<String>();

    assertThatThrownBy(() -> phases.run(done, Set.of("three")))
        .isInstanceOf(BootstrapFailure.class)
        .hasMessageContaining("invalid phase name: three");
    assertThat(done).isEmpty();
  }

  @Test
  void a_phase_that_lacks_a_file_names_it_and_the_phase_before() {
    var needy =
        new Phases<List<String>>(
            "ballast test",
            List.of(
                Phase.of("certs", "", _ -> {}),
                Phase.<List<String>>of("kubeconfig", "", done -> done.add("ran"))
                    .needing(_ -> List.of(Path.of("/nowhere/ca.crt")))));

    assertThatThrownBy(() -> needy.run(new ArrayList<>(), Set.of()))
        .hasMessageContaining("/nowhere/ca.crt")
        .hasMessageContaining("ballast test phase certs");
  }

  @Test
  void the_phases_of_init_are_those_of_kubeadm_and_one_more() {
    assertThat(InitPhases.ALL.all().stream().map(Phase::name))
        .containsExactly(
            "preflight",
            "certs",
            "kubeconfig",
            "etcd",
            "control-plane",
            "kubelet-start",
            "wait-control-plane",
            "upload-config",
            "upload-certs",
            "mark-control-plane",
            "bootstrap-token",
            "kubelet-finalize",
            "addon",
            "cni",
            "show-join-command");
  }
}
