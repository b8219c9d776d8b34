package dev.ballast.xds;

import static dev.ballast.xds.Given.acknowledge;
import static dev.ballast.xds.Given.cluster;
import static dev.ballast.xds.Given.clusters;
import static dev.ballast.xds.Given.deltaFirst;
import static dev.ballast.xds.Given.names;
import static dev.ballast.xds.Given.reject;
import static dev.ballast.xds.Given.resource;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DeltaStreamTest {
  private final ServerStream stream = ServerStream.delta();

  @Test
  void sends_what_changed_and_what_is_gone() {
    stream.update(clusters("a", "1", "b", "1"));
    Response sent = stream.receive(deltaFirst(ResourceType.CLUSTER, Map.of())).getFirst();
    stream.receive(acknowledge(sent));

    Response next = stream.update(clusters("a", "1", "c", "1")).getFirst();

    assertThat(names(next)).containsExactly("c");
    assertThat(next.removed()).containsExactly("b");
  }

  @Test
  void a_client_that_comes_back_gets_only_what_it_has_not() {
    stream.update(clusters("a", "1", "b", "2"));

    Response sent =
        stream
            .receive(
                deltaFirst(
                    ResourceType.CLUSTER,
                    Map.of("a", cluster("a", "1").version(), "b", "older", "gone", "x")))
            .getFirst();

    assertThat(names(sent)).containsExactly("b");
    assertThat(sent.removed()).containsExactly("gone");
  }

  @Test
  void a_rejected_resource_is_left_out_and_the_others_are_sent_again() {
    stream.update(clusters("a", "1", "b", "1"));
    Response sent = stream.receive(deltaFirst(ResourceType.CLUSTER, Map.of())).getFirst();

    Response next = stream.receive(reject(sent, "cluster a: bad")).getFirst();

    assertThat(names(next)).containsExactly("b");
    assertThat(stream.receive(acknowledge(next))).isEmpty();
    assertThat(stream.update(clusters("a", "1", "b", "1"))).isEmpty();
    assertThat(names(stream.update(clusters("a", "2", "b", "1")).getFirst())).containsExactly("a");
  }

  @Test
  void endpoints_are_sent_again_after_their_cluster() {
    stream.update(both("1"));
    Response clusters = stream.receive(deltaFirst(ResourceType.CLUSTER, Map.of())).getFirst();
    stream.receive(acknowledge(clusters));
    Response endpoints =
        stream.receive(deltaFirst(ResourceType.ENDPOINT, Map.of(), "a")).getFirst();
    stream.receive(acknowledge(endpoints));

    List<Response> out = stream.update(both("2"));

    assertThat(out)
        .extracting(Response::type)
        .containsExactly(ResourceType.CLUSTER, ResourceType.ENDPOINT);
  }

  private static ResourceSet both(String content) {
    return ResourceSet.of(
        List.of(cluster("a", content), resource(ResourceType.ENDPOINT, "a", "same")));
  }

  @Test
  void a_cluster_goes_only_after_the_listeners_were_acknowledged() {
    stream.update(with("old", "uses old"));
    stream.receive(
        acknowledge(stream.receive(deltaFirst(ResourceType.CLUSTER, Map.of())).getFirst()));
    stream.receive(
        acknowledge(stream.receive(deltaFirst(ResourceType.LISTENER, Map.of())).getFirst()));

    List<Response> out = stream.update(with("new", "uses new"));

    assertThat(out.get(0).removed()).isEmpty();
    assertThat(stream.receive(acknowledge(out.get(0)))).isEmpty();
    assertThat(stream.receive(acknowledge(out.get(1))).getFirst().removed()).containsExactly("old");
  }

  private static ResourceSet with(String cluster, String listener) {
    return ResourceSet.of(
        List.of(cluster(cluster, "1"), resource(ResourceType.LISTENER, "l", listener)));
  }
}
