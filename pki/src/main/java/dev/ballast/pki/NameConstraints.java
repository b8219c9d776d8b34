package dev.ballast.pki;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The names below which an authority may sign (RFC 5280 section 4.2.1.10), for DNS names, IP
 * addresses, mail addresses and URIs.
 *
 * @param unknownKinds whether it limits names of another kind too
 */
record NameConstraints(Subtrees permitted, Subtrees excluded, boolean unknownKinds) {

  private static final int ADDRESS = 0x87;

  /** Names of each kind; a name is inside when one of its kind holds it. */
  record Subtrees(List<String> dns, List<Range> addresses, List<String> mails, List<String> uris) {
    Subtrees {
      dns = List.copyOf(dns);
      addresses = List.copyOf(addresses);
      mails = List.copyOf(mails);
      uris = List.copyOf(uris);
    }
  }

  /** An address range: the addresses that are equal under the mask. */
  record Range(byte[] address, byte[] mask) {
    boolean holds(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      for (int i = 0; i < other.length; i++) {
        if (((other[i] ^ address[i]) & mask[i]) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  static NameConstraints decode(byte[] der) {
    var outer = new DerReader(der);
    var both = outer.enter(Der.SEQUENCE);
    boolean[] unknown = {false};
    boolean some = both.hasMore();
    var permitted = subtrees(both, 0xa0, unknown);
    var excluded = subtrees(both, 0xa1, unknown);
    if (!some || both.hasMore() || outer.hasMore()) {
      throw DerReader.malformed("name constraints without a name");
    }
    return new NameConstraints(permitted, excluded, unknown[0]);
  }

  private static Subtrees subtrees(DerReader both, int tag, boolean[] unknown) {
    var dns = new ArrayList<String>();
    var addresses = new ArrayList<Range>();
    var mails = new ArrayList<String>();
    var uris = new ArrayList<String>();
    if (both.hasMore() && both.peek() == tag) {
      var all = both.enter(tag);
      while (all.hasMore()) {
        var subtree = all.enter(Der.SEQUENCE);
        int kind = subtree.peek();
        switch (kind) {
          case 0x82 -> dns.add(domain(text(subtree.contents(kind))));
          case ADDRESS -> addresses.add(range(subtree.contents(kind)));
          case 0x81 -> mails.add(mail(text(subtree.contents(kind))));
          case 0x86 -> uris.add(host(text(subtree.contents(kind))));
          default -> unknown[0] = true;
        }
      }
    }
    return new Subtrees(dns, addresses, mails, uris);
  }

  private static String text(byte[] contents) {
    var text = new String(contents, StandardCharsets.ISO_8859_1);
    if (text.chars().anyMatch(c -> c > 0x7f)) {
      throw DerReader.malformed("a name constraint that is not ASCII");
    }
    return text;
  }

  private static String domain(String text) {
    if (!isDomain(text, true)) {
      throw DerReader.malformed("the name constraint " + text);
    }
    return text.toLowerCase(Locale.ROOT);
  }

  private static String mail(String text) {
    int at = text.lastIndexOf('@');
    if (at < 0) {
      return domain(text);
    }
    if (at == 0 || at == text.length() - 1) {
      throw DerReader.malformed("the name constraint " + text);
    }
    return text.substring(0, at + 1) + domain(text.substring(at + 1));
  }

  private static String host(String text) {
    if (AlternativeName.address(text).isPresent()) {
      throw DerReader.malformed("a name constraint for URIs at the address " + text);
    }
    return domain(text);
  }

  private static Range range(byte[] contents) {
    if (contents.length != 8 && contents.length != 32) {
      throw DerReader.malformed("a range of addresses of " + contents.length + " bytes");
    }
    int half = contents.length / 2;
    var range =
        new Range(
            Arrays.copyOf(contents, half), Arrays.copyOfRange(contents, half, contents.length));
    boolean ended = false;
    for (int bit = 0; bit < half * 8; bit++) {
      boolean one = (range.mask()[bit / 8] & (0x80 >> (bit % 8))) != 0;
      if (one && ended) {
        throw DerReader.malformed("a range of addresses whose mask has holes");
      }
      ended |= !one;
    }
    return range;
  }

  /** What Go takes for a domain: labels of printable characters, no dot at the end. */
  static boolean isDomain(String text, boolean constraint) {
    if (text.isEmpty()) {
      return true;
    }
    var name = constraint && text.startsWith(".") ? text.substring(1) : text;
    if (text.endsWith(".") || name.chars().anyMatch(c -> c < 33 || c > 126)) {
      return false;
    }
    for (var label : name.split("\\.", -1)) {
      if (label.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** What is wrong with a name under these constraints, if anything. */
  Optional<String> refusal(AlternativeName name) {
    return switch (name.kind()) {
      case DNS -> dns(name.text());
      case IP -> address(name);
      case EMAIL -> mailRefusal(name.text());
      case URI -> uri(name.text());
      case OTHER -> Optional.empty();
    };
  }

  private Optional<String> dns(String name) {
    if (!isDomain(name, false)) {
      return Optional.of("the DNS name " + name + " cannot be compared");
    }
    if (!permitted.dns().isEmpty()
        && permitted.dns().stream().noneMatch(suffix -> isBelow(name, suffix))) {
      return notPermitted("the DNS name " + name);
    }
    return excluded.dns().stream()
        .filter(suffix -> isBelow(name, suffix) || mayReach(name, suffix))
        .findFirst()
        .map(suffix -> "the DNS name " + name + " is excluded by " + suffix);
  }

  /** Whether a wildcard could stand for an excluded name: {@code *.b.c} for {@code a.b.c}. */
  private static boolean mayReach(String name, String suffix) {
    int dot = suffix.indexOf('.');
    return name.startsWith("*")
        && dot >= 0
        && name.indexOf('.') >= 0
        && name.substring(name.indexOf('.')).toLowerCase(Locale.ROOT).equals(suffix.substring(dot));
  }

  /** With a dot in front a constraint holds only what is below it (RFC 5280, errata 5997). */
  private static boolean isBelow(String name, String suffix) {
    if (suffix.isEmpty()) {
      return true;
    }
    var lower = name.toLowerCase(Locale.ROOT);
    return suffix.startsWith(".")
        ? lower.endsWith(suffix)
        : lower.equals(suffix) || lower.endsWith("." + suffix);
  }

  private Optional<String> address(AlternativeName name) {
    // From the encoding: the JDK takes an IPv4 address that is written as IPv6 for IPv4.
    var address = new DerReader(name.der()).contents(ADDRESS);
    if (!permitted.addresses().isEmpty()
        && permitted.addresses().stream().noneMatch(range -> range.holds(address))) {
      return notPermitted("the IP address " + name.text());
    }
    return excluded.addresses().stream().anyMatch(range -> range.holds(address))
        ? Optional.of("the IP address " + name.text() + " is excluded")
        : Optional.empty();
  }

  private Optional<String> mailRefusal(String mail) {
    int at = mail.lastIndexOf('@');
    if (at <= 0 || at == mail.length() - 1 || !isDomain(mail.substring(at + 1), false)) {
      return Optional.of("the mail address " + mail + " cannot be compared");
    }
    if (!permitted.mails().isEmpty()
        && permitted.mails().stream().noneMatch(rule -> matches(mail, at, rule))) {
      return notPermitted("the mail address " + mail);
    }
    return excluded.mails().stream()
        .filter(rule -> matches(mail, at, rule))
        .findFirst()
        .map(rule -> "the mail address " + mail + " is excluded by " + rule);
  }

  private static boolean matches(String mail, int at, String rule) {
    var domain = mail.substring(at + 1).toLowerCase(Locale.ROOT);
    return rule.indexOf('@') >= 0
        ? rule.equals(mail.substring(0, at + 1) + domain)
        : isBelow(domain, rule);
  }

  private Optional<String> uri(String text) {
    var host = URI.create(text).getHost();
    if (host == null || host.isEmpty()) {
      return Optional.of("the URI " + text + " has no host to compare");
    }
    if (host.startsWith("[") || AlternativeName.address(host).isPresent()) {
      return Optional.of("the URI " + text + " is at an IP address, which cannot be compared");
    }
    if (!permitted.uris().isEmpty()
        && permitted.uris().stream().noneMatch(suffix -> isBelow(host, suffix))) {
      return notPermitted("the URI " + text);
    }
    return excluded.uris().stream()
        .filter(suffix -> isBelow(host, suffix))
        .findFirst()
        .map(suffix -> "the URI " + text + " is excluded by " + suffix);
  }

  private static Optional<String> notPermitted(String what) {
    return Optional.of(what + " is not among the permitted ones");
  }
}
