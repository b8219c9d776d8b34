package dev.ballast.cli.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Eventually;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A real Envoy carries captured traffic by ServiceEntries, and the explanation says the same. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MeshTrafficIT {
  private static final String ENTRIES =
      """
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: dns, namespace: app}
      spec:
        hosts: [api.example.com]
        ports: [{number: 80, name: http, protocol: HTTP}]
        resolution: DNS
      ---
      apiVersion: networking.istio.io/v1beta1
      kind: ServiceEntry
      metadata: {name: round, namespace: app}
      spec:
        hosts: [round.example.com]
        ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8081}]
        resolution: DNS_ROUND_ROBIN
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: static, namespace: app}
      spec:
        hosts: [nowhere.example.com]
        ports: [{number: 80, name: http, protocol: HTTP}]
        resolution: STATIC
        endpoints: [{address: 10.213.7.3, ports: {http: 8080}}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: none, namespace: app}
      spec:
        hosts: ["*.wild.example.com"]
        ports: [{number: 443, name: tls, protocol: TLS}]
        resolution: NONE
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: tcp, namespace: app}
      spec:
        hosts: [db.example.com]
        addresses: [10.213.8.8]
        ports: [{number: 3306, name: tcp, protocol: TCP}]
        resolution: STATIC
        endpoints: [{address: 10.213.7.3, ports: {tcp: 13306}}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: unknown-protocol, namespace: app}
      spec:
        hosts: [sniffed.example.com]
        addresses: [10.213.8.9]
        ports: [{number: 9000, name: any}]
        resolution: STATIC
        endpoints: [{address: 10.213.7.3}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: origin, namespace: app}
      spec:
        hosts: [origin.example.com]
        ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
        resolution: DNS
      ---
      apiVersion: networking.istio.io/v1
      kind: DestinationRule
      metadata: {name: origin, namespace: app}
      spec:
        host: origin.example.com
        trafficPolicy: {tls: {mode: SIMPLE, caCertificates: CA_FILE}}
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: hidden, namespace: other}
      spec:
        hosts: [hidden.example.com]
        exportTo: ["."]
        ports: [{number: 80, name: http, protocol: HTTP}]
        resolution: DNS
      """;

  @TempDir private static Path directory;
  private static MeshPlace place;

  @BeforeAll
  static void start() throws Exception {
    place = new MeshPlace(directory);
    try {
      place.build();
      place.write("entries", ENTRIES.replace("CA_FILE", place.ca().toString()));
      place.start();
    } catch (Exception | AssertionError e) {
      System.err.println(place.logs());
      place.close();
      throw e;
    }
  }

  @AfterAll
  static void stop() throws Exception {
    place.close();
  }

  @Test
  @Order(1)
  void every_resource_is_accepted() throws Exception {
    Eventually.holds("in sync", Eventually.SOON, () -> place.status().contains("in sync"));

    assertThat(place.status()).doesNotContain("rejects").doesNotContain("not in sync");
  }

  @Test
  @Order(2)
  void a_name_with_resolution_DNS_is_reached_through_the_proxy() throws Exception {
    assertThat(place.get("-i", "http://api.example.com/x"))
        .contains("host=api.example.com path=/x", "server: envoy", "status=200");
    assertThat(place.explain("http://api.example.com/x"))
        .contains("outbound|80||api.example.com, STRICT_DNS", "from ServiceEntry app/dns");
  }

  @Test
  @Order(3)
  void DNS_ROUND_ROBIN_uses_the_target_port() throws Exception {
    assertThat(place.get("http://round.example.com/")).contains("port=8081");
  }

  @Test
  @Order(4)
  void STATIC_endpoints_count_and_not_what_the_name_resolves_to() throws Exception {
    assertThat(place.get("http://nowhere.example.com/"))
        .contains("10.213.7.3 port=8080", "status=200");
    assertThat(place.explain("http://nowhere.example.com/")).contains("10.213.7.3:8080");
  }

  @Test
  @Order(5)
  void a_wildcard_without_resolution_is_passed_on_by_its_server_name() throws Exception {
    assertThat(place.get("--cacert", place.ca().toString(), "https://a.wild.example.com/"))
        .contains("tls=True", "status=200");
    assertThat(place.inHere("curl", "-s", "http://127.0.0.1:15000/stats?filter=wild.*cx_total"))
        .contains("upstream_cx_total: 1");
  }

  @Test
  @Order(6)
  void opaque_TCP_goes_by_the_address() throws Exception {
    String echoed =
        place.inHere(
            "python3",
            "-c",
            "import socket; s=socket.create_connection(('10.213.8.8',3306),5); s.sendall(b'hello');"
                + " print(s.recv(100).decode())");

    assertThat(echoed).contains("echo 10.213.7.3 hello");
    assertThat(place.explain("tcp://10.213.8.8:3306")).contains("10.213.7.3:13306");
  }

  @Test
  @Order(7)
  void a_port_without_a_protocol_is_recognized_as_HTTP() throws Exception {
    assertThat(place.get("-i", "http://10.213.8.9:9000/")).contains("server: envoy", "port=9000");
  }

  @Test
  @Order(8)
  void TLS_is_originated_by_the_proxy() throws Exception {
    assertThat(place.get("http://origin.example.com/secret"))
        .contains("port=443", "tls=True", "path=/secret", "status=200");
    assertThat(place.explain("http://origin.example.com/secret"))
        .contains("TLS from the proxy on", "from DestinationRule app/origin");
  }

  @Test
  @Order(9)
  void a_host_that_nothing_declares_leaves_as_it_is() throws Exception {
    assertThat(place.get("http://undeclared.example.com/")).contains("status=200");
    assertThat(place.explain("http://undeclared.example.com/"))
        .contains("PassthroughCluster", "advice: declare undeclared.example.com");
  }

  @Test
  @Order(10)
  void a_timeout_and_a_match_by_a_VirtualService_take_effect_while_it_runs() throws Exception {
    place.write(
        "rules",
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: api, namespace: app}
        spec:
          hosts: [api.example.com]
          http:
          - match: [{uri: {prefix: /slow}}]
            timeout: 1s
            route: [{destination: {host: api.example.com}}]
          - match: [{headers: {x-to: {exact: static}}}]
            route: [{destination: {host: nowhere.example.com}}]
          - route: [{destination: {host: api.example.com}}]
        """);
    Eventually.holds(
        "the timeout is seen",
        Eventually.SOON,
        () -> place.get("http://api.example.com/slow").contains("status=504"));

    assertThat(place.get("-H", "x-to: static", "http://api.example.com/"))
        .contains("10.213.7.3 port=8080");
    assertThat(place.explain("http://api.example.com/slow"))
        .contains("timeout 1.0 s", "from VirtualService app/api");
  }

  @Test
  @Order(11)
  void an_invalid_object_disturbs_no_other() throws Exception {
    place.write(
        "broken",
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: broken, namespace: app}
        spec: {hosts: ["*"], ports: [{number: 99999, name: A}], resolution: STATIC}
        """);
    place.write(
        "later",
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: later, namespace: app}
        spec:
          hosts: [later.example.com]
          ports: [{number: 80, name: http, protocol: HTTP}]
          resolution: STATIC
          endpoints: [{address: 10.213.7.2, ports: {http: 9000}}]
        """);

    Eventually.holds(
        "the entry beside it is served",
        Eventually.SOON,
        () -> place.get("http://later.example.com/").contains("port=9000"));
  }

  @Test
  @Order(12)
  void with_REGISTRY_ONLY_an_undeclared_host_is_refused() throws Exception {
    place.write(
        "mesh",
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: istio, namespace: istio-system}
        data: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}
        """);
    Eventually.holds(
        "it is refused",
        Eventually.SOON,
        () -> place.get("http://undeclared.example.com/").contains("status=502"));

    assertThat(place.explain("http://undeclared.example.com/")).contains("REGISTRY_ONLY");
    assertThat(place.explain("http://hidden.example.com/"))
        .contains("exportTo of ServiceEntry other/hidden does not include app");
    assertThat(place.get("-m", "5", "http://" + MeshPlace.OTHER + ":8081/")).contains("status=000");
    assertThat(place.get("http://api.example.com/")).contains("status=200");
  }
}
