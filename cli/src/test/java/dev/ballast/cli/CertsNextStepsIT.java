package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a recovery and each stage of a rotation tell to do on other nodes, done by a shell to the
 * letter, with nothing put in but the names of the nodes. openssl judges.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsNextStepsIT {
  private static final Duration YEAR = Duration.ofDays(365);
  private static final List<String> CONTROL_PLANE = List.of("node-1", "node-2");

  @TempDir private Path temp;
  private @Nullable CertsMachines machines;

  @AfterEach
  void stop() throws Exception {
    if (machines != null) {
      machines.close();
    }
  }

  private void machinesMade(Instant start) throws Exception {
    machines = CertsMachines.create(temp.toRealPath(), start);
  }

  /** The lines after a title, without the spaces before them. */
  private static List<String> steps(List<String> output) {
    var title = output.indexOf("What is left to do on other nodes:");
    assertThat(title).isNotNegative();
    return output.subList(title + 1, output.size()).stream().map(String::strip).toList();
  }

  /** Commands, with the name of a node where the title above them speaks of any. */
  private static List<String> commands(List<String> steps) {
    var commands = new ArrayList<String>();
    var node = "";
    for (var step : steps) {
      if (step.contains("control-plane NODE")) {
        node = "node-2";
      } else if (step.contains("worker NODE")) {
        node = "node-3";
      } else {
        commands.add(step.replace("NODE", node));
      }
    }
    return commands;
  }

  @ParameterizedTest
  @CsvSource({"3, ''", "3, 2001:db8::2", "12, ''", "12, 2001:db8::2"})
  void after_a_recovery_they_bring_back_the_other_nodes(int years, String peer) throws Exception {
    machinesMade(Instant.now().minus(YEAR.multipliedBy(years)));
    var line = "ballast certs recover";
    if (!peer.isEmpty()) {
      machines.alias(peer, "node-2");
      etcdKnows(peer);
      // Nothing runs here that could be waited for.
      line += " --restart=none";
    }

    var steps = steps(machines.on("node-1", line).orFail());
    if (!peer.isEmpty()) {
      var any = steps.indexOf("# any other control-plane NODE, if there is one");
      var worker = steps.indexOf("# every worker NODE that kubectl get nodes shows as NotReady");
      assertThat(any).isNotNegative().isLessThan(worker);
      // There is none.
      steps = new ArrayList<>(steps);
      steps.subList(any, worker).clear();
    }
    var script = String.join("\n", commands(steps));
    machines.on("node-1", "set -e\ncd " + temp + "\n" + script).orFail();

    for (var node : CONTROL_PLANE) {
      assertEverythingIsTrusted(node, CONTROL_PLANE);
      machines.on(node, "ballast certs check --exit-code").orFail();
    }
    assertTheWorkerIsWell(CONTROL_PLANE);
    assertThat(machines.log()).contains("node-2: kubelet: well", "node-3: kubelet: well");
    assertThat(machines.on("node-2", "ballast certs recover").orFail())
        .contains("Nothing had to be changed.");
  }

  private void etcdKnows(String peer) throws Exception {
    var manifests =
        Files.createDirectories(machines.below("node-1", Path.of("/etc/kubernetes/manifests")));
    Files.writeString(
        manifests.resolve("etcd.yaml"),
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: etcd, namespace: kube-system}
        spec:
          containers:
          - name: etcd
            command: [etcd, --name=node-1, "--initial-cluster=node-1=https://192.0.2.1:2380,node-2=https://[%s]:2380"]
        """
            .formatted(peer));
  }

  @ParameterizedTest
  @EnumSource(Authority.class)
  void the_stages_of_a_rotation_lead_from_one_to_the_next_on_all_nodes(Authority authority)
      throws Exception {
    machinesMade(Instant.now().minus(Duration.ofDays(9)));
    var old = temp.resolve("old.crt");
    Files.copy(machines.layout("node-1").certificate(authority), old);

    var left = new ArrayList<>(List.of("ballast certs rotate " + authority.label()));
    int done = 0;
    while (!left.isEmpty()) {
      var command = left.removeFirst();
      var output = machines.on("node-1", "cd " + temp + "\n" + command).orFail();
      done++;
      for (var node : CONTROL_PLANE) {
        assertEverythingIsTrusted(node, CONTROL_PLANE);
      }
      assertTheWorkerIsTrusted(CONTROL_PLANE);
      var said =
          output.stream()
              .filter(line -> !line.startsWith("[") && !line.startsWith("Done"))
              .toList();
      if (left.isEmpty() && command.startsWith("ballast ")) {
        left.addAll(
            commands(said.stream().filter(CertsNextStepsIT::isStep).map(String::strip).toList()));
      }
    }

    assertThat(done).isGreaterThan(8);
    for (var node : CONTROL_PLANE) {
      var layout = machines.layout(node);
      assertThat(Files.readString(layout.certificate(authority)))
          .isNotEqualTo(Files.readString(old))
          .containsOnlyOnce("BEGIN CERTIFICATE")
          .isEqualTo(Files.readString(machines.layout("node-1").certificate(authority)));
      for (var leaf : Leaf.values()) {
        if (leaf.authority() == authority) {
          assertThat(
                  machines
                      .here("openssl verify -CAfile " + old + " " + layout.certificate(leaf))
                      .status())
              .isNotZero();
        }
      }
      machines.on(node, "ballast certs check --exit-code").orFail();
    }
    if (authority == Authority.CA) {
      assertTheWorkerIsWell(CONTROL_PLANE);
      assertThat(machines.log())
          .contains("node-1: kubeadm init phase bootstrap-token", "node-3: kubelet: well")
          .contains("node-1: kubectl -n kube-system rollout restart daemonset")
          .noneMatch(line -> line.contains("believe") || line.contains("my key"));
    }
  }

  /** Commands are told with two spaces before them. */
  private static boolean isStep(String line) {
    return line.startsWith("  ") || line.contains("NODE");
  }

  /** Pairs match, and what a node shows is believed by every other and by its kubeconfigs. */
  private void assertEverythingIsTrusted(String node, List<String> others) throws Exception {
    var script = new StringBuilder(PAIR);
    var layout = machines.layout(node);
    for (var leaf : Leaf.values()) {
      script.append("pair %s %s\n".formatted(layout.certificate(leaf), layout.key(leaf)));
      for (var other : others) {
        for (var purpose : leaf.purposes()) {
          script.append(
              "openssl verify -purpose %s -CAfile %s %s || exit 1\n"
                  .formatted(
                      purpose.endsWith(".1") ? "sslserver" : "sslclient",
                      machines.layout(other).certificate(leaf.authority()),
                      layout.certificate(leaf)));
        }
      }
    }
    for (var kind : KubeconfigFile.values()) {
      kubeconfig(node, layout.kubeconfig(kind), others, script);
    }
    machines.here(script.toString()).orFail();
  }

  private void assertTheWorkerIsTrusted(List<String> others) throws Exception {
    var script = new StringBuilder(PAIR);
    kubeconfig(
        "node-3", machines.layout("node-3").kubeconfig(KubeconfigFile.KUBELET), others, script);
    machines.here(script.toString()).orFail();
  }

  private static final String PAIR =
      """
      pair() {
        a=$(openssl x509 -noout -pubkey -in "$1") && b=$(openssl pkey -pubout -in "$2") && [ "$a" = "$b" ] ||
          { echo "$1 and $2 do not match"; exit 1; }
      }
      part() {
        if grep -q "^ *$2-data: " "$1"; then sed -n "s/^ *$2-data: //p" "$1" | base64 -d
        else
          file=$3$(sed -n "s/^ *$2: //p" "$1")
          case $(readlink "$file") in
            '') cat "$file" ;;
            /*) cat "$3$(readlink "$file")" ;;
            *) cat "${file%/*}/$(readlink "$file")" ;;
          esac
        fi
      }
      """;

  private void kubeconfig(String node, Path file, List<String> others, StringBuilder script) {
    for (var part : List.of("client-certificate", "client-key", "certificate-authority")) {
      script.append(
          "part %s %s %s >judged.%s\n"
              .formatted(file, part, machines.below(node, Path.of("/")), part));
    }
    script.append("pair judged.client-certificate judged.client-key\n");
    for (var other : others) {
      var layout = machines.layout(other);
      script.append(
          "openssl verify -purpose sslclient -CAfile %s judged.client-certificate || exit 1\n"
              .formatted(layout.certificate(Authority.CA)));
      script.append(
          "openssl verify -purpose sslserver -CAfile judged.certificate-authority %s || exit 1\n"
              .formatted(layout.certificate(Leaf.APISERVER)));
    }
  }

  /** Its kubelet has a certificate of its own again, and names the file that it will rotate. */
  private void assertTheWorkerIsWell(List<String> others) throws Exception {
    assertTheWorkerIsTrusted(others);
    var conf = Files.readString(machines.layout("node-3").kubeconfig(KubeconfigFile.KUBELET));
    var current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    assertThat(conf)
        .contains("client-certificate: " + current, "client-key: " + current)
        .doesNotContain("client-certificate-data", "client-key-data");
    assertThat(
            machines
                .on("node-3", "stat -L -c %a " + current + " /etc/kubernetes/kubelet.conf")
                .orFail())
        .containsExactly("600", "600");
    assertThat(machines.here("ls").orFail()).doesNotContain("kubelet-node-3.conf");
  }
}
