package dev.ballast.loadbalancer.bgp.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.message.Community;
import dev.ballast.loadbalancer.bgp.message.Frames;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.message.MessageDecoder;
import dev.ballast.loadbalancer.bgp.message.UpdateEncoder;
import dev.ballast.loadbalancer.bgp.message.Wire;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AdjRibOutProperties {
  private static final Wire WIRE = new Wire(true, false);
  private static final PathTerms TERMS =
      new PathTerms(
          64512,
          true,
          Map.of(
              Family.IPV4,
              List.of(Address.parse("10.0.0.11").orElseThrow()),
              Family.IPV6,
              List.of(Address.parse("2001:db8::11").orElseThrow())));

  private static Cidr prefix(int number) {
    return number % 2 == 0
        ? new Cidr(Address.ofIpv4(0xc0000200 + number), 32)
        : new Cidr(new Address(Family.IPV6, 0x20010db8_00000000L, number), 128);
  }

  /** The neighbour's table, by what the messages say. */
  private static void receive(byte[] message, Map<Cidr, Long> table) throws Exception {
    new Frames()
        .add(
            message,
            0,
            message.length,
            whole -> {
              try {
                var update = (Message.Update) MessageDecoder.decode(whole, WIRE);
                update.withdrawn().forEach(table::remove);
                update
                    .attributes()
                    .ifPresent(attributes ->
                        update
                            .announced()
                            .forEach(
                                prefix -> table.put(prefix, attributes.localPref().orElseThrow())));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Property(tries = 200)
  void the_neighbour_has_what_is_wanted_after_each_change(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    AdjRibOut rib = new AdjRibOut(TERMS, Set.of(Family.values()), new UpdateEncoder(WIRE));
    Map<Cidr, Long> wanted = new HashMap<>();
    Map<Cidr, Long> table = new HashMap<>();
    for (int round = 0; round < 20; round++) {
      Map<Cidr, Optional<RouteAttributes>> changes = new HashMap<>();
      for (int i = 0; i < random.nextInt(40); i++) {
        Cidr prefix = prefix(random.nextInt(60));
        if (random.nextInt(3) == 0) {
          wanted.remove(prefix);
          changes.put(prefix, Optional.empty());
        } else {
          long preference = random.nextInt(3);
          wanted.put(prefix, preference);
          changes.put(
              prefix,
              Optional.of(
                  new RouteAttributes(preference, 0, List.of(Community.of(1, 2)), List.of())));
        }
      }
      for (byte[] message : rib.apply(changes)) {
        receive(message, table);
      }
      assertThat(table).isEqualTo(wanted);
      assertThat(rib.apply(changes)).as("nothing is said twice").isEmpty();
    }
    // A route refresh gives the whole table to a neighbour that forgot it.
    Map<Cidr, Long> again = new HashMap<>();
    List<byte[]> messages = new ArrayList<>(rib.again(Family.IPV4));
    messages.addAll(rib.again(Family.IPV6));
    for (byte[] message : messages) {
      receive(message, again);
    }
    assertThat(again).isEqualTo(wanted);
  }
}
