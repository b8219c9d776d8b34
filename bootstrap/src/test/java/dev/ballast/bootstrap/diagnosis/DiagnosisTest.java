package dev.ballast.bootstrap.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bootstrap.diagnosis.Cause.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DiagnosisTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SWAP | E1201 \"command failed\" err=\"failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false\"",
        "CGROUP_DRIVER | E1201 pod_workers err=\"failed to create containerd task: expected cgroupsPath to be of format \\\"slice:prefix:name\\\" for systemd cgroups, got \\\"/kubepods\\\" instead\"",
        "IMAGE | E1201 log.go:32] \"PullImage from image service failed\" err=\"rpc error: code = NotFound desc = failed to pull and unpack image \\\"r.example.org/kube-apiserver:v1.36.3\\\": not found\"",
        "IMAGE | E1201 \"RunPodSandbox from runtime service failed\" err=\"rpc error: failed to get sandbox image \\\"registry.k8s.io/pause:3.6\\\": failed to pull image\"",
        "CONFIGURATION | E1201 run.go:72] \"command failed\" err=\"failed to parse kubelet flag: unknown flag: --nonsense\"",
        "CONFIGURATION | E1201 err=\"failed to load kubelet config file, path: /var/lib/kubelet/config.yaml, error: strict decoding error\"",
        "RUNTIME | E1201 err=\"failed to run Kubelet: validate service connection: validate CRI v1 runtime API\"",
        "PORT | E1201 err=\"listen tcp 0.0.0.0:10250: bind: address already in use\""
      })
  void a_line_of_the_kubelet_names_the_cause(Kind kind, String line) {
    var diagnosis = new Diagnosis(() -> List.of("I1201 started", line), Map::of);

    assertThat(diagnosis.cause()).map(Cause::kind).contains(kind);
    assertThat(diagnosis.cause().orElseThrow().fix()).isNotBlank();
  }

  @Test
  void an_image_is_named() {
    var diagnosis =
        new Diagnosis(
            () ->
                List.of(
                    "err=\"failed to get sandbox image \\\"registry.k8s.io/pause:3.6\\\": no route\""),
            Map::of);

    assertThat(diagnosis.cause().orElseThrow().problem())
        .isEqualTo("the runtime cannot get its pause image registry.k8s.io/pause:3.6");
  }

  @Test
  void a_port_that_a_pod_cannot_have_is_named_with_the_pod() {
    var diagnosis =
        new Diagnosis(
            List::of,
            () ->
                Map.of(
                    "etcd",
                    List.of(
                        "{\"level\":\"fatal\",\"error\":\"listen tcp 10.0.0.1:2380: bind: address"
                            + " already in use\"}")));

    assertThat(diagnosis.cause().orElseThrow())
        .extracting(Cause::kind, Cause::problem)
        .containsExactly(Kind.PORT, "etcd cannot listen: port 2380 is taken");
  }

  @Test
  void ordinary_lines_are_no_cause() {
    var diagnosis =
        new Diagnosis(
            () ->
                List.of(
                    "I1201 \"Started kubelet\"",
                    "E1201 \"Failed to contact API server\" connection refused"),
            () -> Map.of("etcd", List.of("{\"msg\":\"ready to serve client requests\"}")));

    assertThat(diagnosis.cause()).isEmpty();
  }
}
