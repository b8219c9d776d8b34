package dev.ballast.loadbalancer.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.objects.Decoder;
import dev.ballast.objects.Node;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Problem.Severity;
import dev.ballast.objects.Service;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ManifestsTest {
  private static final String POOL =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata:
        name: first
        namespace: metallb-system
      spec:
        addresses:
        - 192.168.10.0/24
        - 192.168.9.1-192.168.9.5
      """;

  @Test
  void metallbs_own_example_is_read_without_a_word() {
    var decoded = Decoder.decode(LoadBalancerKinds.SCHEME, "pool.yaml", POOL);

    assertThat(decoded.problems()).isEmpty();
    assertThat(decoded.objects())
        .singleElement()
        .satisfies(stored -> {
          IPAddressPool pool = (IPAddressPool) stored.object();
          assertThat(pool.spec().addresses())
              .containsExactly("192.168.10.0/24", "192.168.9.1-192.168.9.5");
          assertThat(pool.spec().autoAssign()).isTrue();
          assertThat(pool.spec().serviceAllocation().present()).isFalse();
          assertThat(stored.origin()).hasToString("pool.yaml:1:1");
        });
  }

  @Test
  void an_advertisement_may_have_no_spec() {
    var decoded =
        Decoder.decode(
            LoadBalancerKinds.SCHEME,
            "ad.yaml",
            """
            apiVersion: metallb.io/v1beta1
            kind: L2Advertisement
            metadata: {name: all, namespace: metallb-system}
            """);

    assertThat(decoded.problems()).isEmpty();
    assertThat(decoded.objects()).hasSize(1);
  }

  @Test
  void what_kubectl_prints_of_a_service_is_read_without_a_word() {
    var decoded =
        Decoder.decode(
            LoadBalancerKinds.SCHEME,
            "svc.yaml",
            """
            apiVersion: v1
            kind: List
            metadata: {resourceVersion: ""}
            items:
            - apiVersion: v1
              kind: Service
              metadata:
                annotations:
                  metallb.io/loadBalancerIPs: 192.168.10.7
                creationTimestamp: "2026-10-01T08:00:00Z"
                managedFields:
                - {apiVersion: v1, fieldsType: FieldsV1, manager: kubectl, operation: Update}
                name: web
                namespace: shop
                resourceVersion: "4711"
                uid: 6a5e
              spec:
                allocateLoadBalancerNodePorts: true
                clusterIP: 10.96.7.7
                clusterIPs: [10.96.7.7]
                externalTrafficPolicy: Cluster
                internalTrafficPolicy: Cluster
                ipFamilies: [IPv4]
                ipFamilyPolicy: SingleStack
                ports:
                - {name: http, nodePort: 30080, port: 80, protocol: TCP, targetPort: http}
                selector: {app: web}
                sessionAffinity: None
                type: LoadBalancer
              status:
                loadBalancer:
                  ingress:
                  - {ip: 192.168.10.7, ipMode: VIP}
            """);

    assertThat(decoded.problems()).isEmpty();
    Service service = (Service) decoded.objects().getFirst().object();
    assertThat(service.key()).hasToString("Service shop/web");
    assertThat(service.spec().loadBalancerClass()).isEqualTo(Optional.empty());
    assertThat(service.spec().ports().getFirst().targetPort()).isEqualTo("http");
    assertThat(service.status().ingress()).containsExactly("192.168.10.7");
  }

  @Test
  void an_unknown_field_is_named_with_its_line_and_the_field_that_was_meant() {
    var decoded =
        Decoder.decode(LoadBalancerKinds.SCHEME, "pool.yaml", POOL + "  autoasign: false\n");

    assertThat(decoded.objects()).hasSize(1);
    assertThat(decoded.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.severity()).isEqualTo(Severity.WARNING))
        .hasToString("pool.yaml:10:3: spec.autoasign: unknown field; it has no effect");
    assertThat(
            Decoder.decode(LoadBalancerKinds.SCHEME, "pool.yaml", POOL + "  autoAsign: false\n")
                .problems())
        .singleElement()
        .asString()
        .contains("did you mean 'autoAssign'?");
  }

  @Test
  void a_wrong_type_is_an_error_with_place_found_and_expected() {
    var decoded =
        Decoder.decode(
            LoadBalancerKinds.SCHEME,
            "pool.yaml",
            POOL + "  autoAssign: perhaps\n  avoidBuggyIPs: [1]\n");

    assertThat(decoded.objects()).isEmpty();
    assertThat(decoded.broken()).containsExactly(IPAddressPool.KIND.key("metallb-system", "first"));
    assertThat(decoded.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "pool.yaml:10:15: spec.autoAssign: true or false is expected, found 'perhaps'",
            "pool.yaml:11:18: spec.avoidBuggyIPs: true or false is expected, found a list");
  }

  @Test
  void a_broken_document_does_not_hide_the_others() {
    var decoded =
        Decoder.decode(
            LoadBalancerKinds.SCHEME,
            "all.yaml",
            "kind: Service\napiVersion: v1\nmetadata: 7\n---\n" + POOL + "---\n- 1\n");

    assertThat(decoded.objects()).hasSize(1);
    assertThat(decoded.problems())
        .extracting(Problem::toString)
        .anyMatch(text -> text.startsWith("all.yaml:3:11: metadata: fields are expected"))
        .anyMatch(text -> text.contains("an object with apiVersion and kind is expected"));
  }

  @Test
  void text_that_is_no_yaml_says_where_and_keeps_what_came_before() {
    var decoded =
        Decoder.decode(LoadBalancerKinds.SCHEME, "all.yaml", POOL + "---\nspec: [1, 2\nkind: x\n");

    assertThat(decoded.readable()).isFalse();
    assertThat(decoded.objects()).hasSize(1);
    assertThat(decoded.problems())
        .singleElement()
        .asString()
        .startsWith("all.yaml:1")
        .contains("not readable as YAML");
  }

  @Test
  void the_same_field_twice_is_an_error() {
    assertThat(
            Decoder.decode(
                    LoadBalancerKinds.SCHEME,
                    "p.yaml",
                    POOL + "  autoAssign: true\n  autoAssign: false\n")
                .problems())
        .extracting(Problem::toString)
        .anyMatch(text -> text.contains("spec.autoAssign: the field is written twice"));
  }

  @Test
  void json_is_read_too() {
    var decoded =
        Decoder.decode(
            LoadBalancerKinds.SCHEME,
            "node.json",
            """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n1","labels":{"zone":"a"}},
             "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}],
                       "conditions":[{"type":"Ready","status":"True"}]}}
            """);

    assertThat(decoded.problems()).isEmpty();
    Node node = (Node) decoded.objects().getFirst().object();
    assertThat(node.is("Ready")).isTrue();
    assertThat(node.internalAddress()).contains("10.0.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "IPv4, 10.0.0.1, true",
    "IPv4, 10.0.0, false",
    "IPv4, 10.0.0.256, false",
    "IPv4, 010.0.0.1, false",
    "IPv4, fd00::1, false",
    "IPv4, nonsense, false",
    "IPv6, fd00::1, true",
    "IPv6, 10.0.0.1, false",
    "IPv6, fd00::g, false",
    "FQDN, db.example.com, true",
  })
  void an_endpoint_has_an_address_of_the_slices_type(String type, String address, boolean right) {
    var decoded =
        Decoder.decode(
            LoadBalancerKinds.SCHEME,
            "slice.yaml",
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1}
            addressType: %s
            endpoints:
            - addresses: ["%s"]
            """
                .formatted(type, address));

    if (right) {
      assertThat(decoded.problems()).isEmpty();
    } else {
      assertThat(decoded.problems())
          .singleElement()
          .asString()
          .isEqualTo(
              "slice.yaml:6:14: endpoints[0].addresses[0]: '%s' is no address of type %s; write one, or another addressType"
                  .formatted(address, type));
    }
  }

  @Test
  void a_bomb_of_aliases_is_refused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 100; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }

    var decoded = Decoder.decode(LoadBalancerKinds.SCHEME, "bomb.yaml", bomb.toString());

    assertThat(decoded.objects()).isEmpty();
    assertThat(decoded.problems()).isNotEmpty();
  }

  @Test
  void no_text_at_all_makes_the_decoder_fail() {
    Random random = new Random(7);
    for (int round = 0; round < 3_000; round++) {
      StringBuilder text = new StringBuilder(POOL);
      for (int change = 0; change < 4; change++) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, (char) random.nextInt(32, 127));
          default -> text.setCharAt(at, (char) random.nextInt(9, 400));
        }
      }
      var decoded = Decoder.decode(LoadBalancerKinds.SCHEME, "fuzz.yaml", text.toString());
      assertThat(decoded.objects().size() + decoded.problems().size())
          .as("either read or refused with a reason: %s", text)
          .isPositive();
    }
  }
}
