package dev.ballast.bootstrap.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.data.Data;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConfigurationFileTest {
  private static final String OLD =
      """
      apiVersion: kubeadm.k8s.io/v1beta3
      kind: ClusterConfiguration
      apiServer:
        timeoutForControlPlane: 2m
        extraArgs: {v: "4", audit-log-path: /x}
      """;

  private static ConfigurationFile parse(String text) {
    return ConfigurationFile.parse("init.yaml", text);
  }

  private static Settings settings(ConfigurationFile file, String version) {
    return new Defaults("node1", "10.0.0.1", () -> "abcdef.0123456789abcdef", false)
        .settings(file, KubernetesVersion.parse(version));
  }

  @Test
  void unknown_and_duplicate_fields_are_named_with_line_and_column() {
    var file =
        parse(
            """
            kind: ClusterConfiguration
            apiVersion: kubeadm.k8s.io/v1beta4
            networking:
              podSubnets: 10.0.0.0/8
            apiServer:
              extraArgs:
              - {name: v, val: "4"}
            clusterName: a
            clusterName: b
            """);

    assertThat(file.warnings())
        .containsExactly(
            "init.yaml:4:3: unknown field \"networking.podSubnets\"",
            "init.yaml:7:15: unknown field \"apiServer.extraArgs[0].val\"",
            "init.yaml:9:1: field \"clusterName\" is there twice");
    assertThatThrownBy(file::requireStrict)
        .isInstanceOf(BootstrapFailure.class)
        .hasMessageContaining("init.yaml:4:3");
  }

  @Test
  void v1beta3_is_converted_with_a_warning() {
    var file = parse(OLD);

    Settings settings = settings(file, "v1.36.3");

    assertThat(file.warnings()).singleElement().asString().contains("deprecated API spec");
    assertThat(settings.extraArguments("apiServer"))
        .containsExactly(
            new Settings.Argument("audit-log-path", "/x"), new Settings.Argument("v", "4"));
    assertThat(Data.text(settings.init(), "timeouts", "controlPlaneComponentHealthCheck"))
        .isEqualTo("2m0s");
    assertThat(Data.mapAt(settings.cluster(), "apiServer"))
        .doesNotContainKey("timeoutForControlPlane");
  }

  @Test
  void v1beta3_is_refused_for_1_37() {
    assertThatThrownBy(() -> settings(parse(OLD), "v1.37.2"))
        .isInstanceOf(BootstrapFailure.class)
        .hasMessageContaining("config migrate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kind: InitConfiguration | localAPIEndpoint: {advertiseAddress: host} | 3:38: InitConfiguration.localAPIEndpoint.advertiseAddress is 'host' where an IP address belongs",
        "kind: InitConfiguration | localAPIEndpoint: {bindPort: 70000} | 'bindPort is ''70000'''",
        "kind: InitConfiguration | timeouts: {discovery: soon} | 'a duration such as 4m0s'",
        "kind: ClusterConfiguration | apiServer: [] | an object",
        "kind: ClusterConfiguration | encryptionAlgorithm: DSA | one of",
        "kind: ClusterConfiguration | dns: {disabled: maybe} | true or false",
        "kind: Nonsense | a: b | kind Nonsense is not known"
      })
  void wrong_values_are_refused(String kind, String line, String message) {
    assertThatThrownBy(() -> parse(kind + "\napiVersion: kubeadm.k8s.io/v1beta4\n" + line + "\n"))
        .isInstanceOf(BootstrapFailure.class)
        .hasMessageContaining(message);
  }

  @Test
  void broken_yaml_is_named_with_its_place() {
    assertThatThrownBy(() -> parse("kind: [\n"))
        .isInstanceOf(BootstrapFailure.class)
        .hasMessageContaining("init.yaml:");
  }

  @Test
  void a_second_document_of_a_kind_is_refused() {
    String one = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
    assertThatThrownBy(() -> parse(one + "---\n" + one))
        .hasMessageContaining("a second InitConfiguration");
  }

  @Test
  void no_taints_and_no_word_about_taints_are_different() {
    String head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";

    assertThat(settings(parse(head), "v1.36.3").taints()).hasSize(1);
    assertThat(settings(parse(head + "nodeRegistration: {taints: []}\n"), "v1.36.3").taints())
        .isEqualTo(List.of());
  }

  @Test
  void images_of_another_repository_lie_flat() {
    var settings =
        settings(
            parse(
                "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
                    + "imageRepository: r.example.org/k8s\n"),
            "v1.36.3");

    assertThat(settings.images())
        .contains(
            "r.example.org/k8s/coredns:v1.14.2",
            "r.example.org/k8s/pause:3.10.2",
            "r.example.org/k8s/etcd:3.6.8-0");
  }
}
