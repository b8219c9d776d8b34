package dev.ballast.loadbalancer.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the octets of the RFCs, and of what FRR 8.4.4 sends. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MessageCodecTest {
  private static final Wire WIDE = new Wire(true, true);

  private static Cidr prefix(String text) {
    String[] parts = text.split("/");
    return new Cidr(Address.parse(parts[0]).orElseThrow(), Integer.parseInt(parts[1]));
  }

  private static Address address(String text) {
    return Address.parse(text).orElseThrow();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  private static Message decoded(byte[] bytes, Wire wire) throws MessageException {
    List<byte[]> found = new ArrayList<>();
    new Frames().add(bytes, 0, bytes.length, found::add);
    assertThat(found).hasSize(1);
    return MessageDecoder.decode(found.getFirst(), wire);
  }

  private static PathAttributes attributes(Address... nextHop) {
    return new PathAttributes(
        PathAttributes.Origin.IGP,
        List.of(64512L, 4_200_000_000L),
        List.of(nextHop),
        OptionalLong.empty(),
        OptionalLong.of(100),
        List.of(Community.of(64512, 100), Community.GRACEFUL_SHUTDOWN),
        List.of(new LargeCommunity(64512, 1, 4_294_967_295L)));
  }

  @Test
  void an_OPEN_of_FRR_has_each_capability_in_a_parameter_of_its_own() throws Exception {
    // Version 4, AS 65000, hold 180, 10.0.0.1; capabilities 1, 128 (Cisco), 2, 65, 6, 64.
    String parameters =
        "0206010400010001"
            + "02028000"
            + "02020200"
            + "02064104000fde8"
            + "8"
            + "02020600"
            + "020440020078";
    byte[] body =
        hex("04fde800b40a000001" + "%02x".formatted(parameters.length() / 2) + parameters);

    var open = (Message.Open) decoded(MessageEncoder.frame(1, body), Wire.INITIAL);

    assertThat(open.as()).isEqualTo(0x000fde88L);
    assertThat(open.holdTime()).isEqualTo(180);
    assertThat(open.families()).containsExactly(AddressFamily.IPV4_UNICAST);
    assertThat(open.capabilities())
        .contains(
            new Capability.RouteRefresh(),
            new Capability.Other(128, ""),
            new Capability.GracefulRestart(false, false, 120, List.of()));
  }

  @Test
  void an_OPEN_survives_the_wire_also_with_many_capabilities() throws Exception {
    List<Capability> many = new ArrayList<>();
    many.add(new Capability.Multiprotocol(AddressFamily.IPV6_UNICAST));
    many.add(
        new Capability.ExtendedNextHop(
            List.of(new Capability.ExtendedNextHop.Entry(AddressFamily.IPV4_UNICAST, 2))));
    many.add(
        new Capability.GracefulRestart(
            true,
            true,
            15,
            List.of(new Capability.GracefulRestart.Forwarding(AddressFamily.IPV4_UNICAST, true))));
    many.add(new Capability.FourOctetAs(4_200_000_000L));
    var few = new Message.Open(4_200_000_000L, 90, 0x0a000001, many);
    assertThat(decoded(MessageEncoder.encode(few), Wire.INITIAL)).isEqualTo(few);

    // Longer than 255 bytes: the extended form of RFC 9072.
    for (int i = 0; i < 4; i++) {
      many.add(new Capability.Other(200 + i, "ab".repeat(100)));
    }
    var full = new Message.Open(4_200_000_000L, 90, 0x0a000001, many);
    assertThat(decoded(MessageEncoder.encode(full), Wire.INITIAL)).isEqualTo(full);
  }

  @Test
  void an_UPDATE_survives_the_wire_in_both_families() throws Exception {
    var four =
        new Message.Update(
            List.of(),
            List.of(prefix("192.0.2.10/32"), prefix("198.51.100.0/24")),
            Optional.of(attributes(address("10.0.0.11"))),
            Optional.empty(),
            List.of());
    assertThat(decoded(MessageEncoder.update(four, WIDE).getFirst(), WIDE)).isEqualTo(four);

    var six =
        new Message.Update(
            List.of(),
            List.of(prefix("2001:db8::10/128"), prefix("2001:db8:1::/48")),
            Optional.of(attributes(address("2001:db8::1"), address("fe80::1"))),
            Optional.empty(),
            List.of());
    assertThat(decoded(MessageEncoder.update(six, WIDE).getFirst(), WIDE)).isEqualTo(six);

    // RFC 8950: an IPv4 route through a link-local next hop.
    var unnumbered =
        new Message.Update(
            List.of(),
            List.of(prefix("192.0.2.33/32")),
            Optional.of(attributes(address("fe80::1"))),
            Optional.empty(),
            List.of());
    assertThat(decoded(MessageEncoder.update(unnumbered, WIDE).getFirst(), WIDE))
        .isEqualTo(unnumbered);
  }

  @Test
  void a_peer_of_two_octets_gets_AS_TRANS_and_the_wide_path_beside_it() throws Exception {
    var update =
        new Message.Update(
            List.of(),
            List.of(prefix("192.0.2.10/32")),
            Optional.of(attributes(address("10.0.0.11"))),
            Optional.empty(),
            List.of());

    byte[] bytes = MessageEncoder.update(update, Wire.INITIAL).getFirst();

    // AS_SEQUENCE of 64512 and 23456 in two octets; AS4_PATH (17) has both in four.
    assertThat(HexFormat.of().formatHex(bytes)).contains("4002060202fc005ba0", "c0110a0202");
    assertThat(decoded(bytes, Wire.INITIAL)).isEqualTo(update);
  }

  @Test
  void the_end_of_the_initial_routes_is_marked_in_both_families() throws Exception {
    for (AddressFamily family : List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST)) {
      var marker = Message.Update.endOfRib(family);
      assertThat(decoded(MessageEncoder.encode(marker), WIDE)).isEqualTo(marker);
    }
  }

  @Test
  void ten_thousand_withdrawals_need_thirteen_messages_none_too_long() throws Exception {
    List<Cidr> prefixes = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      prefixes.add(new Cidr(Address.ofIpv4(0x0a000000 + i), 32));
    }

    List<byte[]> messages = new UpdateEncoder(WIDE).withdraw(prefixes);

    assertThat(messages).hasSize(13).allMatch(message -> message.length <= Message.LONGEST);
    List<Cidr> back = new ArrayList<>();
    for (byte[] message : messages) {
      back.addAll(((Message.Update) decoded(message, WIDE)).withdrawn());
    }
    assertThat(back).isEqualTo(prefixes);
  }

  @Test
  void more_communities_than_a_short_attribute_holds_use_the_long_form() throws Exception {
    List<Community> communities = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      communities.add(Community.of(64512, i));
    }
    var attributes =
        new PathAttributes(
            PathAttributes.Origin.IGP,
            List.of(),
            List.of(address("10.0.0.11")),
            OptionalLong.empty(),
            OptionalLong.of(0),
            communities,
            List.of());
    List<byte[]> messages =
        new UpdateEncoder(WIDE)
            .announce(attributes, Collections.nCopies(200, prefix("192.0.2.10/32")));
    assertThat(messages).hasSizeGreaterThan(1);
    var update = (Message.Update) decoded(messages.getFirst(), WIDE);
    assertThat(update.attributes().orElseThrow().communities()).hasSize(900);

    communities.addAll(communities.stream().map(c -> new Community(c.bits() + 0x10000)).toList());
    var tooMany =
        new PathAttributes(
            PathAttributes.Origin.IGP,
            List.of(),
            List.of(address("10.0.0.11")),
            OptionalLong.empty(),
            OptionalLong.empty(),
            communities,
            List.of());
    assertThatThrownBy(
            () -> new UpdateEncoder(WIDE).announce(tooMany, List.of(prefix("192.0.2.10/32"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("for routes");
  }

  @ParameterizedTest
  @CsvSource({
    // marker, length, type; then code, subcode
    "00ffffffffffffffffffffffffffffff 0013 04, 1, 1",
    "ffffffffffffffffffffffffffffffff 0012 04, 1, 2",
    "ffffffffffffffffffffffffffffffff 1001 02, 1, 2",
    "ffffffffffffffffffffffffffffffff 0014 04, 1, 2",
    "ffffffffffffffffffffffffffffffff 001c 01, 1, 2",
    "ffffffffffffffffffffffffffffffff 0016 02, 1, 2",
    "ffffffffffffffffffffffffffffffff 0014 03, 1, 2",
    "ffffffffffffffffffffffffffffffff 0013 06, 1, 3",
    "ffffffffffffffffffffffffffffffff 0013 00, 1, 3",
  })
  void a_wrong_header_is_answered_with_the_right_error(String header, int code, int subcode) {
    byte[] bytes = hex(header);

    assertThatThrownBy(() -> new Frames().add(bytes, 0, bytes.length, _ -> {}))
        .isInstanceOfSatisfying(
            MessageException.class,
            thrown -> {
              assertThat(thrown.notification().code()).isEqualTo(code);
              assertThat(thrown.notification().subcode()).isEqualTo(subcode);
            });
  }

  @ParameterizedTest
  @CsvSource({
    // version 3; hold time 1; AS 0; parameter 1 (authentication); length beyond the end
    "03fde800b40a00000100, 2, 1",
    "04fde800010a00000100, 2, 6",
    "04000000b40a00000100, 2, 2",
    "04fde800b40a000001020100, 2, 4",
    "04fde800b40a0000010402060104, 2, 0",
    "04fde800b40a000001ff, 2, 0",
  })
  void a_wrong_OPEN_is_answered_with_the_right_error(String body, int code, int subcode) {
    assertThatThrownBy(() -> decoded(MessageEncoder.frame(1, hex(body)), Wire.INITIAL))
        .isInstanceOfSatisfying(
            MessageException.class,
            thrown -> {
              assertThat(thrown.notification().code()).isEqualTo(code);
              assertThat(thrown.notification().subcode()).isEqualTo(subcode);
            });
  }

  @ParameterizedTest
  @CsvSource({
    // ORIGIN 3; ORIGIN of two bytes; AS_PATH segment beyond its end; NEXT_HOP of three bytes;
    // COMMUNITIES of three bytes; ORIGIN with the optional flag; no AS_PATH; an attribute cut off
    "40010103 400200 4003040a00000b",
    "4001020000 400200 4003040a00000b",
    "40010100 4002040205fde8 4003040a00000b",
    "40010100 400200 4003030a0000",
    "40010100 400200 4003040a00000b c00803010203",
    "c0010100 400200 4003040a00000b",
    "40010100 4003040a00000b",
    "40010100 400200 4003ff0a00000b",
  })
  void a_wrong_attribute_withdraws_the_routes_and_keeps_the_session(String attributes)
      throws Exception {
    byte[] encoded = hex(attributes);
    byte[] body =
        hex("0000 %04x %s 20c000020a".formatted(encoded.length, HexFormat.of().formatHex(encoded)));

    var update = (Message.Update) decoded(MessageEncoder.frame(2, body), WIDE);

    assertThat(update.announced()).isEmpty();
    assertThat(update.withdrawn()).containsExactly(prefix("192.0.2.10/32"));
    assertThat(update.discarded()).isNotEmpty();
  }

  @Test
  void a_repeated_attribute_counts_once() throws Exception {
    byte[] attributes = hex("40010100 40010102 400200 4003040a00000b");
    byte[] body =
        hex(
            "0000 %04x %s 18c00002"
                .formatted(attributes.length, HexFormat.of().formatHex(attributes)));

    var update = (Message.Update) decoded(MessageEncoder.frame(2, body), WIDE);

    assertThat(update.announced()).containsExactly(prefix("192.0.2.0/24"));
    assertThat(update.attributes().orElseThrow().origin()).isEqualTo(PathAttributes.Origin.IGP);
    assertThat(update.discarded()).hasSize(1);
  }

  @Test
  void a_text_of_an_operator_is_cut_between_characters_and_read_back() throws Exception {
    var cease =
        Message.Notification.cease(Fault.ADMINISTRATIVE_SHUTDOWN, "node drain: " + "ü".repeat(200));

    var back = (Message.Notification) decoded(MessageEncoder.encode(cease), WIDE);

    assertThat(back).isEqualTo(cease);
    assertThat(back.data()).hasSizeLessThanOrEqualTo(256);
    assertThat(back.communication().orElseThrow()).startsWith("node drain: ü").endsWith("ü");
    assertThat(new Message.Notification(6, 2, hex("05610a1b62")).text()).doesNotContain("\n");
  }
}
