package dev.ballast.loadbalancer.layer2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Responder.Ignored;
import dev.ballast.loadbalancer.layer2.Responder.Reaction;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ResponderTest {
  private static final Mac OWN = Mac.parse("02:00:00:00:00:01");
  private static final Mac CLIENT = Mac.parse("02:00:00:00:00:99");
  private static final Address VIP = address("192.0.2.10");
  private static final Address CLIENT_IP = address("192.0.2.1");
  private static final Responder.Announced ANNOUNCED =
      new Responder.Announced() {
        @Override
        public boolean has(Address address) {
          return address.equals(VIP);
        }

        @Override
        public boolean on(Address address, String link) {
          return has(address) && link.equals("eth0");
        }

        @Override
        public boolean watched(Address address) {
          return has(address);
        }
      };

  @Test
  void answers_a_request_to_the_one_who_asked() {
    Reaction reaction = react(request(Mac.BROADCAST, VIP).encode());

    assertThat(reaction)
        .isEqualTo(
            new Reaction.Answer(
                VIP, new ArpPacket(CLIENT, OWN, ArpPacket.REPLY, OWN, VIP, CLIENT, CLIENT_IP)));
  }

  /** The bytes as {@code tcpdump -xx} shows an answer of the Linux kernel for the same request. */
  @Test
  void answers_with_the_bytes_of_RFC_826() {
    Reaction.Answer answer = (Reaction.Answer) react(request(OWN, VIP).encode());

    assertThat(HexFormat.of().formatHex(answer.reply().encode()))
        .isEqualTo(
            "020000000099"
                + "020000000001"
                + "0806"
                + "0001"
                + "0800"
                + "0604"
                + "0002"
                + "020000000001"
                + "c000020a"
                + "020000000099"
                + "c0000201");
  }

  @Test
  void answers_a_probe_whose_sender_is_0_0_0_0() {
    ArpPacket probe =
        new ArpPacket(
            Mac.BROADCAST, CLIENT, ArpPacket.REQUEST, CLIENT, address("0.0.0.0"), Mac.ZERO, VIP);

    assertThat(react(probe.encode())).isInstanceOf(Reaction.Answer.class);
  }

  @Test
  void says_why_it_does_not_answer() {
    ArpPacket good = request(Mac.BROADCAST, VIP);

    assertThat(ignored(request(Mac.BROADCAST, address("192.0.2.11")).encode()))
        .isEqualTo(Ignored.NOT_ANNOUNCED);
    assertThat(ignored(request(Mac.parse("02:00:00:00:00:02"), VIP).encode()))
        .isEqualTo(Ignored.NOT_FOR_US);
    ArpPacket reply = new ArpPacket(OWN, CLIENT, ArpPacket.REPLY, CLIENT, CLIENT_IP, OWN, VIP);
    assertThat(ignored(reply.encode())).isEqualTo(Ignored.NOT_A_REQUEST);
    assertThat(Responder.react(good.encode(), "eth1", OWN, ANNOUNCED, () -> true))
        .isEqualTo(new Reaction.Ignore(Ignored.INTERFACE_NOT_SELECTED));
    assertThat(Responder.react(good.encode(), "eth0", OWN, ANNOUNCED, () -> false))
        .isEqualTo(new Reaction.Ignore(Ignored.LEASE_EXPIRED));
  }

  @Test
  void a_damaged_frame_is_malformed_wherever_it_is_damaged() {
    byte[] good = request(Mac.BROADCAST, VIP).encode();

    for (int length = 0; length < good.length; length++) {
      assertThat(ignored(Arrays.copyOf(good, length))).isEqualTo(Ignored.MALFORMED);
    }
    for (int header = 12; header < 20; header++) {
      byte[] damaged = good.clone();
      damaged[header] ^= 0x40;
      assertThat(ignored(damaged)).isEqualTo(Ignored.MALFORMED);
    }
  }

  @Test
  void sees_somebody_else_claim_its_address() {
    Mac other = Mac.parse("02:00:00:00:00:66");

    for (int operation : new int[] {ArpPacket.REQUEST, ArpPacket.REPLY}) {
      assertThat(react(ArpPacket.gratuitous(operation, other, VIP).encode()))
          .isEqualTo(new Reaction.Conflict(VIP, other));
    }
    assertThat(ignored(ArpPacket.gratuitous(ArpPacket.REPLY, OWN, VIP).encode()))
        .isEqualTo(Ignored.NOT_A_REQUEST);
  }

  private static Reaction react(byte[] frame) {
    return Responder.react(frame, "eth0", OWN, ANNOUNCED, () -> true);
  }

  private static Ignored ignored(byte[] frame) {
    return ((Reaction.Ignore) react(frame)).why();
  }

  private static ArpPacket request(Mac destination, Address target) {
    return new ArpPacket(
        destination, CLIENT, ArpPacket.REQUEST, CLIENT, CLIENT_IP, Mac.ZERO, target);
  }

  private static Address address(String text) {
    return Address.parse(text).orElseThrow();
  }
}
