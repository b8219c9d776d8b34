package dev.ballast.loadbalancer.layer2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ElectionProperties {
  private static final Advertisement ALL =
      new Advertisement("all", Set.of(), List.of(), List.of(), Set.of(), List.of(), List.of());
  private static final List<Candidate> NODES =
      IntStream.range(0, 8).mapToObj(i -> new Candidate("node-" + i, Map.of(), i == 7)).toList();

  @Property(tries = 300)
  void each_view_has_exactly_one_owner_and_a_reason_for_everyone_else(
      @ForAll @Size(min = 1, max = 8) Set<@IntRange(max = 6) Integer> alive, @ForAll int address) {
    Set<String> speakers = names(alive);

    Election election = elect(address, speakers);

    assertThat(election.owner()).hasValueSatisfying(owner -> assertThat(speakers).contains(owner));
    Set<String> accounted = new HashSet<>();
    election.losers().forEach(loser -> assertThat(accounted.add(loser.node())).isTrue());
    accounted.add(election.owner().orElseThrow());
    assertThat(accounted).hasSize(NODES.size());
  }

  @Property(tries = 300)
  void a_node_that_leaves_moves_only_what_it_owned(
      @ForAll @Size(min = 2, max = 8) Set<@IntRange(max = 6) Integer> alive, @ForAll int address) {
    Set<String> speakers = names(alive);
    String leaver = speakers.iterator().next();
    Set<String> rest = new HashSet<>(speakers);
    rest.remove(leaver);

    String before = elect(address, speakers).owner().orElseThrow();
    String after = elect(address, rest).owner().orElseThrow();

    assertThat(after.equals(before)).isEqualTo(!before.equals(leaver));
  }

  private static Election elect(int address, Set<String> speakers) {
    Announceable service =
        new Announceable(
            "a/b", Map.of(), List.of(Address.ofIpv4(address)), "", false, true, Set.of());
    return Election.of(service, List.of(ALL), NODES, speakers, false);
  }

  private static Set<String> names(Set<Integer> numbers) {
    Set<String> names = new HashSet<>();
    numbers.forEach(number -> names.add("node-" + number));
    return names;
  }
}
