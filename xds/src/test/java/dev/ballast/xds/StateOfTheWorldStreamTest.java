package dev.ballast.xds;

import static dev.ballast.xds.Given.acknowledge;
import static dev.ballast.xds.Given.cluster;
import static dev.ballast.xds.Given.clusters;
import static dev.ballast.xds.Given.first;
import static dev.ballast.xds.Given.names;
import static dev.ballast.xds.Given.reject;
import static dev.ballast.xds.Given.resource;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class StateOfTheWorldStreamTest {
  private final ServerStream stream = ServerStream.stateOfTheWorld();

  @Test
  void answers_a_first_request_with_everything() {
    stream.update(clusters("a", "1", "b", "1"));

    List<Response> out = stream.receive(first(ResourceType.CLUSTER));

    assertThat(out).hasSize(1);
    assertThat(names(out.getFirst())).containsExactly("a", "b");
  }

  @Test
  void sends_nothing_while_a_response_is_unanswered_and_then_the_newest_state_alone() {
    stream.update(clusters("a", "1"));
    Response sent = stream.receive(first(ResourceType.CLUSTER)).getFirst();

    assertThat(stream.update(clusters("a", "2"))).isEmpty();
    assertThat(stream.update(clusters("a", "3"))).isEmpty();
    Response next = stream.receive(acknowledge(sent)).getFirst();

    assertThat(next.resources().getFirst().sameContent(cluster("a", "3"))).isTrue();
    assertThat(stream.receive(acknowledge(next))).isEmpty();
    assertThat(stream.isSettled()).isTrue();
  }

  @Test
  void ignores_an_answer_to_an_older_response() {
    stream.update(clusters("a", "1"));
    Response old = stream.receive(first(ResourceType.CLUSTER)).getFirst();
    stream.receive(acknowledge(old));
    stream.update(clusters("a", "2"));

    assertThat(stream.receive(acknowledge(old))).isEmpty();
    assertThat(stream.isSettled()).isFalse();
  }

  @Test
  void answers_names_that_do_not_exist_so_that_Envoy_does_not_wait() {
    Response routes = stream.receive(first(ResourceType.ROUTE, "80")).getFirst();
    Response endpoints = stream.receive(first(ResourceType.ENDPOINT, "c")).getFirst();

    assertThat(names(routes)).containsExactly("80");
    assertThat(names(endpoints)).containsExactly("c");
  }

  @Test
  void sends_only_the_endpoints_that_changed() {
    stream.update(endpoints("1", "1"));
    Response sent = stream.receive(first(ResourceType.ENDPOINT, "a", "b")).getFirst();
    stream.receive(acknowledge(sent, "a", "b"));

    Response next = stream.update(endpoints("1", "2")).getFirst();

    assertThat(names(next)).containsExactly("b");
  }

  private static ResourceSet endpoints(String a, String b) {
    return ResourceSet.of(
        List.of(resource(ResourceType.ENDPOINT, "a", a), resource(ResourceType.ENDPOINT, "b", b)));
  }

  @Test
  void answers_endpoints_again_after_their_cluster_changed() {
    stream.update(clusters("a", "1"));
    Response sent = stream.receive(first(ResourceType.CLUSTER)).getFirst();
    stream.receive(acknowledge(sent));
    Response endpoints = stream.receive(first(ResourceType.ENDPOINT, "a")).getFirst();
    stream.receive(acknowledge(endpoints, "a"));
    Response changed = stream.update(clusters("a", "2")).getFirst();
    stream.receive(acknowledge(changed));

    List<Response> again = stream.receive(acknowledge(endpoints, "a"));

    assertThat(names(again.getFirst())).containsExactly("a");
    assertThat(stream.receive(acknowledge(again.getFirst(), "a"))).isEmpty();
  }

  @Test
  void a_rejected_resource_that_is_named_is_replaced_by_its_last_good_version() {
    stream.update(clusters("outbound|80||a", "1", "outbound|80||b", "1"));
    Response sent = stream.receive(first(ResourceType.CLUSTER)).getFirst();
    stream.receive(acknowledge(sent));
    Response bad = stream.update(clusters("outbound|80||a", "2", "outbound|80||b", "2")).getFirst();

    Response next =
        stream
            .receive(reject(bad, "Error adding/updating cluster(s) outbound|80||a: no"))
            .getFirst();

    assertThat(next.resources().get(0).sameContent(cluster("outbound|80||a", "1"))).isTrue();
    assertThat(next.resources().get(1).sameContent(cluster("outbound|80||b", "2"))).isTrue();
    assertThat(stream.receive(acknowledge(next))).isEmpty();
    assertThat(stream.rejections()).hasSize(1);
    assertThat(stream.update(clusters("outbound|80||a", "2", "outbound|80||b", "2"))).isEmpty();
    assertThat(stream.update(clusters("outbound|80||a", "3", "outbound|80||b", "2"))).hasSize(1);
  }

  @Test
  void a_rejection_that_names_nothing_is_bisected_until_the_bad_one_alone_is_held_back() {
    List<String> good = new ArrayList<>();
    for (int i = 0; i < 13; i++) {
      good.add("c" + i);
      good.add("1");
    }
    stream.update(clusters(good.toArray(String[]::new)));
    Response response = stream.receive(first(ResourceType.CLUSTER)).getFirst();
    int exchanges = 0;
    while (true) {
      assertThat(exchanges++).as("exchanges").isLessThan(20);
      boolean bad = names(response).contains("c7");
      List<Response> next =
          stream.receive(bad ? reject(response, "something is wrong") : acknowledge(response));
      if (next.isEmpty()) {
        break;
      }
      response = next.getFirst();
    }

    assertThat(stream.rejections()).hasSize(1);
    assertThat(stream.rejections().getFirst().resource().name()).isEqualTo("c7");
    assertThat(names(response)).hasSize(12).doesNotContain("c7");
  }

  @Test
  void a_cluster_goes_only_after_the_listeners_were_acknowledged() {
    stream.update(with("old", "uses old"));
    Response clusters = stream.receive(first(ResourceType.CLUSTER)).getFirst();
    stream.receive(acknowledge(clusters));
    Response listeners = stream.receive(first(ResourceType.LISTENER)).getFirst();
    stream.receive(acknowledge(listeners));

    List<Response> out = stream.update(with("new", "uses new"));

    assertThat(names(out.get(0))).containsExactly("new", "old");
    assertThat(out.get(1).type()).isEqualTo(ResourceType.LISTENER);
    assertThat(stream.receive(acknowledge(out.get(0)))).isEmpty();
    List<Response> last = stream.receive(acknowledge(out.get(1)));
    assertThat(names(last.getFirst())).containsExactly("new");
  }

  private static ResourceSet with(String cluster, String listener) {
    return ResourceSet.of(
        List.of(cluster(cluster, "1"), resource(ResourceType.LISTENER, "l", listener)));
  }

  @Test
  void a_name_is_found_in_a_message_only_as_a_whole() {
    EncodedResource shorter = resource(ResourceType.LISTENER, "0.0.0.0_80", "1");
    EncodedResource longer = resource(ResourceType.LISTENER, "0.0.0.0_8080", "1");

    assertThat(Suspicion.named(List.of(shorter, longer), "listener(s) 0.0.0.0_8080: bad"))
        .containsExactly(longer);
  }

  @Test
  void an_acknowledgement_without_names_of_a_type_by_name_unsubscribes() {
    Response sent = stream.receive(first(ResourceType.ENDPOINT, "a")).getFirst();
    stream.receive(acknowledge(sent));

    assertThat(stream.update(ResourceSet.of(List.of(resource(ResourceType.ENDPOINT, "a", "2")))))
        .isEmpty();
    assertThat(Optional.of(stream.isSettled())).contains(true);
  }
}
