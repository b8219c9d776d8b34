package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.loadbalancer.resource.ServiceL2Status;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What controller and speaker serve while the directory of their objects is away, and after. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ObjectsGoneTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
  private static final String OBJECTS =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: p, namespace: metallb-system}
      spec: {addresses: [192.0.2.10/32]}
      ---
      apiVersion: metallb.io/v1beta1
      kind: L2Advertisement
      metadata: {name: a, namespace: metallb-system}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: n1}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: default}
      spec: {type: LoadBalancer, ports: [{port: 80}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      endpoints: [{addresses: [10.0.0.1], nodeName: n1}]
      """;

  @TempDir private Path directory;
  private Path objects = Path.of("");
  private Path away = Path.of("");

  @BeforeEach
  void write() throws Exception {
    objects = Files.createDirectory(directory.resolve("objects"));
    away = directory.resolve("away");
    Files.writeString(objects.resolve("all.yaml"), OBJECTS);
  }

  /** A node with one interface, on which nobody ever says anything, or with none. */
  private static final class Quiet implements Network {
    private final List<Link> links;
    private final CountDownLatch closed = new CountDownLatch(1);

    Quiet(int links) {
      Link link = new Link(2, "eth0", Mac.parse("02:00:00:00:00:02"), true, true, false);
      this.links = links == 0 ? List.of() : List.of(link);
    }

    @Override
    public List<Link> links() {
      return links;
    }

    @Override
    public boolean awaitChange(Duration timeout) {
      boolean _ = waitFor(timeout);
      return false;
    }

    private boolean waitFor(Duration timeout) {
      try {
        return !closed.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return true;
      }
    }

    @Override
    public ArpSocket open(Link link) {
      return new ArpSocket() {
        @Override
        public void listenFor(Set<Address> addresses) {}

        @Override
        public Optional<byte[]> receive(Duration timeout) {
          boolean _ = waitFor(timeout);
          return Optional.empty();
        }

        @Override
        public void send(byte[] frame) {}

        @Override
        public void close() {
          closed.countDown();
        }
      };
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  static SpeakerRole speaker(ObjectStore home) {
    return speaker(home, 1);
  }

  private static SpeakerRole speaker(ObjectStore home, int links) {
    return new SpeakerRole(
        home,
        new SpeakerRole.Options(
            new Speaker.Settings(
                "n1",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new byte[0],
                Selection.standard(),
                Timing.DEFAULT),
            "",
            false),
        CLOCK,
        () -> new Quiet(links));
  }

  private DirectoryStore home() throws Exception {
    return DirectoryStore.open(
        objects, LoadBalancerKinds.SCHEME, RunningRole.TASKS, Duration.ofMillis(20));
  }

  @Test
  void both_say_what_is_gone_go_on_and_are_ready_again_when_it_is_back() throws Exception {
    try (DirectoryStore home = home();
        RunningRole controller = RunningRole.start(new ControllerRole(home, "", CLOCK))) {
      SpeakerRole role = speaker(home);
      try (RunningRole speaker = RunningRole.start(role)) {
        await(() -> announces(role));
        for (RunningRole one : List.of(controller, speaker)) {
          await(() -> one.get("/readyz").equals("200 ok"));
          assertThat(one.get("/metrics"))
              .contains(
                  "\nmetallb_k8s_client_config_loaded_bool 1.0\n",
                  "\nmetallb_k8s_client_config_stale_bool 0.0\n",
                  "\nmetallb_k8s_client_update_errors_total 0.0\n")
              .containsPattern("\nmetallb_k8s_client_updates_total [1-9]");
        }

        Files.move(objects, away);

        for (RunningRole one : List.of(controller, speaker)) {
          await(() -> one.get("/readyz").startsWith("503 "));
          assertThat(one.get("/readyz"))
              .contains("/objects-read failed: " + objects + ": the directory cannot be read")
              .contains("it does not exist; what it held before stays in force; bring it back")
              .contains("readyz check failed");
          assertThat(one.get("/healthz")).isEqualTo("200 ok");
          assertThat(one.get("/metrics"))
              .contains(
                  "\nmetallb_k8s_client_config_loaded_bool 1.0\n",
                  "\nmetallb_k8s_client_config_stale_bool 1.0\n")
              .containsPattern("\nmetallb_k8s_client_update_errors_total [1-9]");
        }
        // It may lose its lease for a moment on a busy machine.
        await(() -> announces(role));
        assertThat(objects).doesNotExist();

        Files.move(away, objects);

        for (RunningRole one : List.of(controller, speaker)) {
          await(() -> one.get("/readyz").equals("200 ok"));
          assertThat(one.get("/metrics")).contains("\nmetallb_k8s_client_config_stale_bool 0.0\n");
        }
        await(() -> announces(role));
      }
    }
  }

  @Test
  void what_a_speaker_could_not_report_meanwhile_it_reports_later() throws Exception {
    ObjectKey status = ServiceL2Status.KIND.key("metallb-system", "l2-default-web-n1");
    try (DirectoryStore home = home()) {
      home.updateStatus(
          new ObjectKey("Service", "default", "web"),
          Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", "192.0.2.10")))));
      SpeakerRole role = speaker(home);
      try (RunningRole speaker = RunningRole.start(role)) {
        await(() -> !speaker.get("/readyz").contains("nothing was read yet"));
        // It listens to others now, and has nothing to report yet.
        Files.move(objects, away);
        await(() -> announces(role));
        Files.move(away, objects);

        await(() -> home.status(status).isPresent());
        await(() -> speaker.get("/readyz").equals("200 ok"));
      }
    }
  }

  @Test
  void a_speaker_without_an_interface_is_not_ready_owns_nothing_and_says_why() throws Exception {
    try (DirectoryStore home = home();
        RunningRole controller = RunningRole.start(new ControllerRole(home, "", CLOCK))) {
      SpeakerRole role = speaker(home, 0);
      try (RunningRole speaker = RunningRole.start(role)) {
        await(() -> controller.get("/readyz").equals("200 ok"));
        await(() -> explained(role).contains("its speaker can answer on no interface"));
        assertThat(announces(role)).isFalse();
        assertThat(speaker.get("/readyz"))
            .startsWith("503 ")
            .contains("announcing failed: there is no interface to answer on");
        assertThat(speaker.get("/metrics")).doesNotContain("metallb_speaker_announced{");
      }
    }
  }

  private static String explained(SpeakerRole role) {
    return role.speaker().orElseThrow().standings().values().toString();
  }

  private static boolean announces(SpeakerRole role) {
    Address web = Address.parse("192.0.2.10").orElseThrow();
    return role.speaker().orElseThrow().standings().values().stream()
        .anyMatch(standing ->
            standing instanceof Standing.Answering answering
                && answering.addresses().contains(web));
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  static void await(Condition condition) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(until);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
