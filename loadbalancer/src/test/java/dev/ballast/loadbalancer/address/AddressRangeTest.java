package dev.ballast.loadbalancer.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AddressRangeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.0/28|192.0.2.0|192.0.2.15",
        "192.0.2.7/28|192.0.2.0|192.0.2.15",
        "0.0.0.0/0|0.0.0.0|255.255.255.255",
        "255.255.255.255/32|255.255.255.255|255.255.255.255",
        "192.0.2.10-192.0.2.20|192.0.2.10|192.0.2.20",
        " 192.0.2.10 - 192.0.2.20 |192.0.2.10|192.0.2.20",
        "::/0|::|ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db8::/64|2001:db8::|2001:db8::ffff:ffff:ffff:ffff",
        "2001:db8::/60|2001:db8::|2001:db8:0:f:ffff:ffff:ffff:ffff",
        "fc00:f853:ccd:e793::-fc00:f853:ccd:e793::3|fc00:f853:ccd:e793::|fc00:f853:ccd:e793::3"
      })
  void reads_CIDRs_and_ranges(String text, String first, String last) {
    assertThat(range(text)).isEqualTo(new AddressRange(address(first), address(last)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.0/33|invalid CIDR \"192.0.2.0/33\"",
        "192.0.2.0|invalid CIDR \"192.0.2.0\"",
        "192.0.2/24|invalid CIDR \"192.0.2/24\"",
        "192.0.02.0/24|invalid CIDR \"192.0.02.0/24\"",
        "2001:db8::/129|invalid CIDR \"2001:db8::/129\"",
        "192.0.2.0/-1|invalid IP range \"192.0.2.0/-1\": invalid start IP \"192.0.2.0/\"",
        "192.0.2.x-192.0.2.9|invalid IP range \"192.0.2.x-192.0.2.9\": invalid start IP"
            + " \"192.0.2.x\"",
        "192.0.2.1-|invalid IP range \"192.0.2.1-\": invalid end IP \"\"",
        "192.0.2.9-192.0.2.1|invalid IP range \"192.0.2.9-192.0.2.1\": start IP \"192.0.2.9\" is"
            + " after the end IP \"192.0.2.1\""
      })
  void says_what_is_wrong_with_the_rest(String text, String problem) {
    assertThat(AddressRange.parse(text)).isEqualTo(new AddressRange.Parsed.Problem(problem));
  }

  @Test
  void is_the_fewest_blocks() {
    assertThat(range("192.0.2.10-192.0.2.20").cidrs())
        .map(Cidr::toString)
        .containsExactly("192.0.2.10/31", "192.0.2.12/30", "192.0.2.16/30", "192.0.2.20/32");
    assertThat(range("0.0.0.1-255.255.255.255").cidrs()).hasSize(32);
    assertThat(range("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").cidrs()).hasSize(128);
    assertThat(range("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).hasToString("::/0");
  }

  @Test
  void counts_up_to_all_of_IPv6() {
    assertThat(range("::/0").size()).isEqualTo(BigInteger.TWO.pow(128));
    assertThat(range("0.0.0.0/0").size()).isEqualTo(BigInteger.TWO.pow(32));
    assertThat(range("192.0.2.0/24").sizeWithoutBuggy()).isEqualTo(254);
    assertThat(range("192.0.2.0/23").sizeWithoutBuggy()).isEqualTo(508);
    assertThat(range("192.0.2.1-192.0.2.254").sizeWithoutBuggy()).isEqualTo(254);
    assertThat(range("192.0.2.255-192.0.3.0").sizeWithoutBuggy()).isEqualTo(0);
    assertThat(range("0.0.0.0/32").sizeWithoutBuggy()).isEqualTo(0);
  }

  @Test
  void ends_where_the_family_ends() {
    assertThat(address("255.255.255.255").next()).isEmpty();
    assertThat(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").next()).isEmpty();
    assertThat(address("::ffff:ffff:ffff:ffff").next()).contains(address("0:0:0:1::"));
  }

  @ParameterizedTest
  @CsvSource({
    "2001:DB8:0:0:0:0:0:1,2001:db8::1",
    "0:0:0:0:0:0:0:0,::",
    "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1,2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1",
    "1:2:3:4:5:6:0:0,1:2:3:4:5:6::",
    "::ffff:192.0.2.1,192.0.2.1"
  })
  void is_written_as_RFC_5952_says(String text, String canonical) {
    assertThat(address(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @CsvSource({"fe80::1%eth0", "[::1]", "1.2.3", "1.2.3.4.5", "1.2.3.256", "+1.2.3.4", "''", "::g"})
  void refuses_what_is_not_an_address(String text) {
    assertThat(Address.parse(text)).isEqualTo(Optional.empty());
  }

  private static AddressRange range(String text) {
    if (AddressRange.parse(text) instanceof AddressRange.Parsed.Range(AddressRange range)) {
      return range;
    }
    throw new AssertionError(AddressRange.parse(text));
  }

  private static Address address(String text) {
    return Address.parse(text).orElseThrow();
  }
}
