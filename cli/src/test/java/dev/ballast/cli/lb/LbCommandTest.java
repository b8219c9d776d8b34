package dev.ballast.cli.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LbCommandTest {
  private static final String OBJECTS =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: rack, namespace: metallb-system}
      spec:
        addresses:
        - 192.0.2.10-192.0.2.11
      ---
      apiVersion: metallb.io/v1beta1
      kind: L2Advertisement
      metadata: {name: rack, namespace: metallb-system}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n1}
      status: {addresses: [{type: InternalIP, address: 10.77.0.11}]}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n2, labels: {node.kubernetes.io/exclude-from-external-load-balancers: ""}}
      status: {addresses: [{type: InternalIP, address: 10.77.0.12}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: default}
      spec: {type: LoadBalancer, clusterIP: 10.96.0.1, ports: [{port: 80}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      endpoints: [{addresses: [10.0.0.1], nodeName: n1, conditions: {ready: true}}]
      """;

  @TempDir private Path directory;
  private String out = "";
  private String err = "";

  @BeforeEach
  void objects() throws Exception {
    Files.writeString(directory.resolve("all.yaml"), OBJECTS);
  }

  private int run(String... arguments) {
    CommandLine line = new CommandLine(new LbCommand());
    StringWriter outText = new StringWriter();
    StringWriter errText = new StringWriter();
    line.setOut(new PrintWriter(outText)).setErr(new PrintWriter(errText));
    int code = line.execute(arguments);
    out = outText.toString();
    err = errText.toString();
    return code;
  }

  @Test
  void check_counts_what_is_valid() {
    assertThat(run("check", "--objects", directory.toString())).isZero();
    assertThat(out).isEqualTo("valid: 1 IPAddressPool, 1 L2Advertisement\n");
  }

  @Test
  void check_names_file_line_and_field_of_what_is_wrong() throws Exception {
    Files.writeString(
        directory.resolve("all.yaml"), OBJECTS.replace("192.0.2.10-192.0.2.11", "192.0.2.0/40"));

    assertThat(run("check", "--objects", directory.toString())).isEqualTo(1);
    assertThat(out)
        .contains(
            "all.yaml:6:5: IPAddressPool metallb-system/rack: spec.addresses[0]: invalid CIDR");
  }

  @Test
  void explain_says_why_with_every_loser() {
    assertThat(run("explain", "--objects", directory.toString(), "web")).isZero();
    assertThat(out).contains("192.0.2.10", "pool rack", "owner n1", "not n2: ").contains("exclude");
  }

  @Test
  void explain_says_why_no_node_can() throws Exception {
    Files.writeString(
        directory.resolve("all.yaml"), OBJECTS.replaceAll("status: .*InternalIP.*\\n", ""));

    assertThat(run("explain", "--objects", directory.toString(), "web")).isZero();
    assertThat(out)
        .contains("default/web: not announced: no node can answer for it")
        .contains("not n1: its Node object has no InternalIP");
  }

  @Test
  void explain_of_an_unknown_service_says_how_to_name_it() {
    assertThat(run("explain", "--objects", directory.toString(), "nobody")).isEqualTo(1);
    assertThat(err).isEqualTo("error: there is no service nobody; name it NAMESPACE/NAME\n");
  }

  @Test
  void options_of_memberlist_that_mean_nothing_here_are_refused() {
    assertThat(
            run("speaker", "--objects", directory.toString(), "--node-name=n1", "--ml-wan-config"))
        .isEqualTo(2);
    assertThat(err).contains("--ml-wan-config");
  }
}
