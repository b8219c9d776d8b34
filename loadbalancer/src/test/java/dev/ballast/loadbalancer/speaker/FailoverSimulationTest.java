package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.membership.Detector;
import dev.ballast.loadbalancer.membership.Heartbeat;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.membership.View;
import dev.ballast.loadbalancer.speaker.Conflicts.Claim;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three speakers in one thread, on a network and a clock of the test's making: everything follows
 * from the seed. Time goes on in steps of one millisecond, and each speaker looks every five.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FailoverSimulationTest {
  private static final long MILLI = 1_000_000;
  private static final Address VIP = Address.parse("192.0.2.10").orElseThrow();

  private static final Mac STRANGER = Mac.parse("02:00:00:00:00:99");

  private final PriorityQueue<Datagram> network =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
  private final List<Node> nodes = new ArrayList<>();
  private final Set<Set<String>> cut = new HashSet<>();

  /** Whose heartbeats do not arrive where, as {@code n1>n2}; ARP does. */
  private final Set<String> unheard = new HashSet<>();

  private Random random = new Random(0);
  private double loss;
  private long now;

  private record Datagram(long at, String to, Heartbeat beat) {}

  /** A speaker without its sockets and threads: the same decisions in the same order. */
  private final class Node {
    private final String name;
    private final Mac mac;
    private final List<Claim> reported = new ArrayList<>();
    private Gate gate = new Gate();
    private Announcer announcer = new Announcer(Timing.DEFAULT.handover(), gate);
    private Conflicts conflicts = new Conflicts(Timing.DEFAULT.handover());
    private Knowledge knowledge = Knowledge.NOTHING;
    private Detector detector;
    private Plan plan = Plan.NOTHING;
    private long readsAt;
    private long lastBeat;
    private long announcedAt = -1_000_000 * MILLI;
    private boolean running = true;
    private boolean alive = true;

    Node(String name) {
      this.name = name;
      mac = Mac.parse("02:00:00:00:00:0" + name.charAt(1));
      begin();
      readsAt = now;
    }

    private void begin() {
      detector = new Detector(name, Timing.DEFAULT, random, now);
      detector.able(Set.of(new Heartbeat.Link("eth0", mac.bits())));
    }

    /** Starts again, and has read the objects so many milliseconds later. */
    void restart(int reading) {
      gate = new Gate();
      announcer = new Announcer(Timing.DEFAULT.handover(), gate);
      conflicts = new Conflicts(Timing.DEFAULT.handover());
      knowledge = Knowledge.NOTHING;
      begin();
      plan = Plan.NOTHING;
      readsAt = now + reading * MILLI;
      alive = true;
      running = true;
    }

    void step() {
      if (!alive || !running) {
        return;
      }
      if (knowledge != KNOWLEDGE && now >= readsAt) {
        detector.expect(KNOWLEDGE.peers().keySet(), now);
        knowledge = KNOWLEDGE;
      }
      detector.tick(now);
      View view = detector.view(now);
      Plan next = announcer.decide(knowledge, view, now);
      boolean changed = !next.claims().equals(plan.claims());
      if (!plan.elected().contains(VIP) && next.elected().contains(VIP)) {
        announcedAt = now;
      }
      plan = next;
      if (plan.elected().contains(VIP)
          && now - announcedAt < 5_000 * MILLI
          && (now - announcedAt) % (1_100 * MILLI) == 0) {
        onWire(peer -> peer.hearArp(mac));
      }
      if (!gate.due(now).isEmpty()) {
        onWire(peer -> {
          if (peer.answers()) {
            hearArp(peer.mac);
          }
        });
      }
      conflicts.explained(plan.alsoClaimed(view), now);
      reported.addAll(conflicts.due(plan.elected(), now));
      if (changed || now - lastBeat >= Timing.DEFAULT.beat().toNanos()) {
        lastBeat = now;
        for (Heartbeat beat : detector.beat(plan.claims(), now)) {
          nodes.stream()
              .filter(peer -> peer != this)
              .forEach(peer -> send(peer.name, detector.addressed(beat, peer.name)));
        }
      }
    }

    /** Heartbeats of who is not in the objects are not believed. */
    void hear(Heartbeat beat) {
      if (alive && knowledge.peers().containsKey(beat.node())) {
        if (detector.heard(beat, now) == Detector.Reception.UNPROVEN) {
          detector.answer(beat, plan.claims(), now).forEach(answer -> send(beat.node(), answer));
        }
        conflicts.explained(plan.alsoClaimed(detector.view(now)), now);
      }
    }

    /** Another station says that it has the address. */
    void hearArp(Mac claimant) {
      if (!alive || !running || !(plan.announced().has(VIP) || gate.watched().contains(VIP))) {
        return;
      }
      View view = detector.view(now);
      String node = view.macs().get(claimant.bits());
      if (node != null && view.claimed().containsKey(node)) {
        return;
      }
      switch (gate.hear(VIP, new Gate.Station(claimant, "eth0"), node != null, mac, now)) {
        case DEFENDED -> onWire(peer -> peer.hearArp(mac));
        case CLOSED -> {}
        case NONE -> {
          if (node == null) {
            conflicts.hear(new Claim(VIP, claimant, "eth0"), now);
          }
        }
      }
    }

    private void onWire(Consumer<Node> what) {
      nodes.stream()
          .filter(peer -> peer != this && !cut.contains(Set.of(name, peer.name)))
          .forEach(what);
    }

    private void send(String to, Heartbeat beat) {
      if (random.nextDouble() >= loss
          && !cut.contains(Set.of(name, to))
          && !unheard.contains(name + ">" + to)) {
        network.add(new Datagram(now + random.nextLong(MILLI * 5), to, beat));
      }
    }

    /** What a client would see: asked at any time, also by a request that waited in the queue. */
    boolean answers() {
      return alive && running && plan.announced().has(VIP) && detector.lease().valid(now);
    }
  }

  private static final Knowledge KNOWLEDGE = knowledge();

  private static Knowledge knowledge() {
    Advertisement all =
        new Advertisement("all", Set.of(), List.of(), List.of(), Set.of(), List.of(), List.of());
    Announceable web = new Announceable("d/web", Map.of(), List.of(VIP), "", false, true, Set.of());
    return new Knowledge(
        List.of(new Knowledge.Subject.Announce("d/web", web, List.of(all), List.of())),
        List.of(candidate("n1"), candidate("n2"), candidate("n3")),
        Map.of(
            "n1",
            InetAddress.getLoopbackAddress(),
            "n2",
            InetAddress.getLoopbackAddress(),
            "n3",
            InetAddress.getLoopbackAddress()),
        false);
  }

  private static Candidate candidate(String name) {
    return new Candidate(name, Map.of(), false);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void a_killed_owner_is_replaced_within_half_a_second(long seed) {
    begin(seed);
    owner().alive = false;

    assertThat(millisUntilSomebodyAnswers()).isBetween(200L, 400L);
    assertOneOwnerFor(2_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void a_stopped_owner_is_replaced_and_takes_nothing_back_when_it_goes_on(long seed) {
    begin(seed);
    Node stopped = owner();
    stopped.running = false;
    assertThat(millisUntilSomebodyAnswers()).isBetween(200L, 400L);
    run(random.nextInt(5_000));
    Node next = owner();

    stopped.running = true;

    // Before a thread of it got to run: only the lease speaks.
    assertThat(stopped.answers()).isFalse();
    for (int i = 0; i < 10_000; i++) {
      run(1);
      assertThat(owner()).isSameAs(next);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void an_owner_that_was_late_unseen_by_the_others_keeps_the_address(long seed) {
    begin(seed);
    Node late = owner();
    // Stopped right after a beat for longer than its lease, and shorter than the others' silence.
    while (late.lastBeat != now) {
      run(1);
    }
    late.running = false;
    run(280);
    late.running = true;
    run(1_000);

    assertThat(late.detector.timesLate()).isEqualTo(1);
    assertOneOwnerFor(2_000);
    assertThat(owner()).isSameAs(late);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void a_stop_that_is_shorter_than_the_lease_changes_nothing(long seed) {
    begin(seed);
    Node owner = owner();
    owner.running = false;
    run(150);
    owner.running = true;

    for (int i = 0; i < 2_000; i++) {
      run(1);
      assertThat(answering()).isEqualTo(1);
    }
    assertThat(owner()).isSameAs(owner);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void an_owner_that_leaves_hands_over_without_a_gap(long seed) {
    begin(seed);
    Node leaving = owner();
    leaving.detector.leave();

    for (int i = 0; i < 1_000; i++) {
      run(1);
      assertThat(answering()).isBetween(1L, 2L);
    }
    assertThat(leaving.answers()).isFalse();
    assertThat(answering()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void a_killed_owner_that_comes_back_takes_nothing_back(long seed) {
    begin(seed);
    Node killed = owner();
    killed.alive = false;
    run(3_000);
    Node next = owner();
    killed.restart(random.nextInt(2_000));

    for (int i = 0; i < 4_000; i++) {
      run(1);
      assertThat(owner()).isSameAs(next);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void two_of_three_that_do_not_hear_each_other_agree_through_the_third(long seed) {
    begin(seed);
    Node owner = owner();
    Node other = others(owner).getFirst();
    unheard.add(owner.name + ">" + other.name);
    unheard.add(other.name + ">" + owner.name);

    for (int i = 0; i < 5_000; i++) {
      run(1);
      assertThat(owner()).isSameAs(owner);
    }
    owner.alive = false;
    assertThat(millisUntilSomebodyAnswers()).isBetween(200L, 400L);
    run(500);
    assertOneOwnerFor(2_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void an_owner_that_nobody_hears_and_that_hears_all_yields(long seed) {
    begin(seed);
    Node owner = owner();
    others(owner).forEach(other -> unheard.add(owner.name + ">" + other.name));

    int both = 0;
    for (int i = 0; i < 5_000; i++) {
      run(1);
      assertThat(answering()).isLessThanOrEqualTo(2);
      both += answering() == 2 ? 1 : 0;
    }
    assertThat(both).as("milliseconds with two owners").isLessThan(350);
    assertThat(owner()).isNotSameAs(owner);
    assertThat(owner.detector.view(now).unheardBy()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void speakers_whose_heartbeats_are_blocked_have_one_owner_since_they_share_the_wire(long seed) {
    begin(seed);
    run(6_000);
    for (String from : List.of("n1", "n2", "n3")) {
      for (String to : List.of("n1", "n2", "n3")) {
        unheard.add(from + ">" + to);
      }
    }

    int several = 0;
    for (int i = 0; i < 20_000; i++) {
      run(1);
      several += answering() > 1 ? 1 : 0;
    }
    assertThat(several).as("milliseconds with several owners").isLessThan(350);
    assertThat(answering()).isEqualTo(1);

    unheard.clear();
    run(2_000);
    assertOneOwnerFor(2_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void a_speaker_without_an_interface_is_not_elected_and_gives_up_what_it_has(long seed) {
    begin(seed);
    Node owner = owner();
    owner.detector.able(Set.of());
    run(1_000);
    assertOneOwnerFor(1_000);
    assertThat(owner()).isNotSameAs(owner);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void one_that_comes_back_and_is_not_the_owner_never_answers_however_late_it_reads(long seed) {
    begin(seed);
    Node owner = owner();
    Node bystander = nodes.stream().filter(node -> node != owner).findFirst().orElseThrow();
    bystander.alive = false;
    run(3_000);
    bystander.restart(random.nextInt(2_000));

    for (int i = 0; i < 6_000; i++) {
      run(1);
      assertThat(owner.answers()).isTrue();
      assertThat(bystander.plan.claims()).isEmpty();
    }
  }

  @Test
  void a_stranger_is_reported_when_it_goes_on() {
    begin(1);
    Node owner = owner();
    run(3_000);

    owner.hearArp(STRANGER);
    run(2_100);
    assertThat(owner.reported).containsExactly(new Claim(VIP, STRANGER, "eth0"));
    assertThat(owner()).isSameAs(owner);
  }

  @AfterEach
  void no_speaker_was_taken_for_a_stranger() {
    assertThat(nodes)
        .flatExtracting(node -> node.reported)
        .allSatisfy(claim -> assertThat(claim.claimant()).isEqualTo(STRANGER));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void a_cut_network_has_an_owner_on_each_side_and_one_after_it_heals(long seed) {
    begin(seed);
    cut.add(Set.of("n1", "n2"));
    cut.add(Set.of("n2", "n3"));
    run(1_000);
    assertThat(answering()).isEqualTo(2);

    cut.clear();
    int both = 0;
    for (int i = 0; i < 1_000; i++) {
      run(1);
      assertThat(answering()).isBetween(1L, 2L);
      both += answering() == 2 ? 1 : 0;
    }
    assertThat(both).isLessThan(150);
    assertThat(answering()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void a_lossy_network_does_not_make_the_address_wander(long seed) {
    begin(seed);
    loss = 0.05;
    Node owner = owner();

    for (int i = 0; i < 20_000; i++) {
      run(1);
      assertThat(owner.answers()).isTrue();
    }
  }

  private void begin(long seed) {
    random = new Random(seed);
    for (String name : List.of("n1", "n2", "n3")) {
      nodes.add(new Node(name));
      run(random.nextInt(200));
    }
    run(1_500);
    assertThat(answering()).isEqualTo(1);
  }

  private List<Node> others(Node node) {
    return nodes.stream().filter(other -> other != node).toList();
  }

  private void assertOneOwnerFor(int millis) {
    for (int i = 0; i < millis; i++) {
      run(1);
      assertThat(answering()).isEqualTo(1);
    }
  }

  private long millisUntilSomebodyAnswers() {
    for (long waited = 0; waited < 10_000; waited++) {
      if (answering() > 0) {
        return waited;
      }
      run(1);
    }
    throw new AssertionError("nobody answers");
  }

  private void run(int millis) {
    for (int i = 0; i < millis; i++) {
      now += MILLI;
      while (!network.isEmpty() && network.element().at <= now) {
        Datagram datagram = network.remove();
        nodes.stream()
            .filter(node -> node.name.equals(datagram.to))
            .forEach(node -> node.hear(datagram.beat));
      }
      if (now % (5 * MILLI) == 0) {
        nodes.forEach(Node::step);
      }
    }
  }

  private long answering() {
    return nodes.stream().filter(Node::answers).count();
  }

  private Node owner() {
    List<Node> owners = nodes.stream().filter(Node::answers).toList();
    assertThat(owners).hasSize(1);
    return owners.getFirst();
  }
}
