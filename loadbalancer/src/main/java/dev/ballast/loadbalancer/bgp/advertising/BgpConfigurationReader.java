package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.message.LargeCommunity;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.loadbalancer.bgp.transport.Target;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.ConfigurationProblem;
import dev.ballast.loadbalancer.resource.BFDProfile;
import dev.ballast.loadbalancer.resource.BGPAdvertisement;
import dev.ballast.loadbalancer.resource.BGPPeer;
import dev.ballast.loadbalancer.resource.Community;
import dev.ballast.objects.Node;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads the peers and advertisements out of a snapshot, with MetalLB's rules and texts. */
public final class BgpConfigurationReader {
  private static final Duration DEFAULT_HOLD = Duration.ofSeconds(90);
  private static final Duration SHORTEST_HOLD = Duration.ofSeconds(3);
  private static final int LONGEST_HOLD = 65535;
  private static final int LONGEST_PASSWORD = 80;
  private static final Comparator<Stored> BY_NAME =
      Comparator.comparing(stored -> stored.object().metadata().name());

  private final BgpConfiguration before;
  private final Function<BGPPeer.SecretReference, Password> passwords;
  private final List<ConfigurationProblem> problems = new ArrayList<>();
  private final Map<String, Communities> aliases = new HashMap<>();
  private final Map<String, BFDProfile.Spec> profiles = new HashMap<>();

  /** A password that was looked up, or why there is none. */
  public sealed interface Password {
    record Found(String text) implements Password {}

    record Missing(String why) implements Password {}
  }

  private static final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String path;
    private final String remedy;

    Problem(String path, String message, String remedy) {
      super(message, null, false, false);
      this.path = path;
      this.remedy = remedy;
    }
  }

  private BgpConfigurationReader(
      BgpConfiguration before, Function<BGPPeer.SecretReference, Password> passwords) {
    this.before = before;
    this.passwords = passwords;
  }

  /**
   * Reads.
   *
   * @param pools what advertisements are checked against
   * @param before what was in force; of objects that are not valid now it stays
   */
  public static BgpConfiguration read(
      Snapshot snapshot,
      Configuration pools,
      BgpConfiguration before,
      Function<BGPPeer.SecretReference, Password> passwords) {
    return new BgpConfigurationReader(before, passwords).read(snapshot, pools);
  }

  private BgpConfiguration read(Snapshot snapshot, Configuration pools) {
    PoolRules rules =
        new PoolRules(
            pools,
            snapshot.all(Node.class).stream().map(node -> node.metadata().labels()).toList());
    List<Stored> sorted = snapshot.objects().stream().sorted(BY_NAME).toList();
    List<PeerConfig> peers = new ArrayList<>();
    List<BgpAdvertisement> advertisements = new ArrayList<>();
    for (Stored stored : sorted) {
      if (stored.object() instanceof Community community) {
        valid(stored, () -> aliases(community), Optional::<Boolean>empty);
      } else if (stored.object() instanceof BFDProfile profile) {
        profile(stored, profile);
      }
    }
    for (Stored stored : sorted) {
      String name = stored.object().metadata().name();
      if (stored.object() instanceof BGPPeer peer) {
        valid(
                stored,
                () -> peer(peer),
                () -> before.peers().stream().filter(p -> p.name().equals(name)).findFirst())
            .ifPresent(peers::add);
      } else if (stored.object() instanceof BGPAdvertisement ad) {
        valid(
                stored,
                () -> {
                  BgpAdvertisement read = advertisement(ad);
                  rules
                      .accept(read)
                      .ifPresent(problem -> {
                        throw new Problem("spec", problem, "change the one or the other");
                      });
                  return read;
                },
                () ->
                    before.advertisements().stream().filter(a -> a.name().equals(name)).findFirst())
            .ifPresent(advertisements::add);
      }
    }
    return new BgpConfiguration(peers, advertisements, problems);
  }

  private interface Reading<T> {
    T read();
  }

  private <T> Optional<T> valid(
      Stored stored, Reading<T> reading, java.util.function.Supplier<Optional<T>> otherwise) {
    try {
      return Optional.of(reading.read());
    } catch (Problem e) {
      report(stored, e.path, String.valueOf(e.getMessage()), e.remedy);
      return otherwise.get();
    }
  }

  private void report(Stored stored, String path, String message, String remedy) {
    problems.add(
        new ConfigurationProblem(
            stored.object().key(), stored.origin(path).toString(), path, message, remedy));
  }

  private boolean aliases(Community community) {
    for (Community.Alias alias : community.communities()) {
      Communities value = Communities.parse(alias.value());
      switch (value) {
        case Communities.Invalid(String text) ->
            throw new Problem(
                "spec.communities",
                "parsing community \"%s\": %s".formatted(alias.name(), text),
                "write 1234:1 or large:1234:1:2");
        case Communities.Unknown _ ->
            throw new Problem(
                "spec.communities",
                "parsing community \"%s\": invalid community format: %s"
                    .formatted(alias.name(), alias.value()),
                "write 1234:1 or large:1234:1:2");
        case Communities.Standard _, Communities.Large _ -> {
          if (aliases.putIfAbsent(alias.name(), value) != null) {
            throw new Problem(
                "spec.communities",
                "duplicate definition of community \"%s\"".formatted(alias.name()),
                "define it once");
          }
        }
      }
    }
    return true;
  }

  private void profile(Stored stored, BFDProfile profile) {
    profiles.put(profile.metadata().name(), profile.spec());
    if (profile.spec().echoMode()) {
      report(
          stored,
          "spec.echoMode",
          "echo mode is not supported; sessions run in asynchronous mode with this profile's"
              + " receiveInterval and transmitInterval",
          "take echoMode away, or set the intervals that you want");
    }
  }

  private PeerConfig peer(BGPPeer object) {
    BGPPeer.Spec spec = object.spec();
    refuse(spec.myASN() == 0, "spec.myASN", "missing local ASN", "write the nodes' AS number");
    refuse(
        spec.peerASN() == 0 && spec.dynamicASN().isEmpty(),
        "spec.peerASN",
        "missing peer ASN and dynamicASN",
        "write the router's AS number");
    refuse(
        spec.peerASN() != 0 && !spec.dynamicASN().isEmpty(),
        "spec.dynamicASN",
        "both peer ASN and dynamicASN specified",
        "keep one of them");
    long local = spec.localASN() == 0 ? spec.myASN() : spec.localASN();
    PeerAs peerAs =
        switch (spec.dynamicASN()) {
          case "" -> new PeerAs.Exactly(spec.peerASN());
          case "internal" -> new PeerAs.Internal();
          case "external" -> new PeerAs.External();
          default ->
              throw new Problem(
                  "spec.dynamicASN",
                  "invalid dynamicASN " + spec.dynamicASN(),
                  "write internal or external");
        };
    refuse(
        spec.peerASN() == spec.myASN() && spec.ebgpMultiHop(),
        "spec.ebgpMultiHop",
        "invalid ebgp-multihop parameter set for an ibgp peer",
        "take it away: sessions within an AS may go over several hops anyway");
    refuse(
        spec.peerAddress().isEmpty() && spec.interfaceName().isEmpty(),
        "spec.peerAddress",
        "peer has no Address or Interface specified",
        "write the router's address");
    refuse(
        !spec.peerAddress().isEmpty() && !spec.interfaceName().isEmpty(),
        "spec.interface",
        "peer has both Address and Interface specified",
        "keep one of them");
    refuse(
        !spec.vrf().isEmpty(),
        "spec.vrf",
        "VRFs are not supported",
        "take vrf away, or run the router's end of the session in the default VRF");
    Timing timing = timing(spec);
    Target target =
        spec.peerAddress().isEmpty()
            ? new Target.Behind(spec.interfaceName())
            : new Target.At(
                address(spec.peerAddress(), "spec.peerAddress", "invalid BGPPeer address"));
    Optional<Address> source =
        spec.sourceAddress().isEmpty()
            ? Optional.empty()
            : Optional.of(address(spec.sourceAddress(), "spec.sourceAddress", "invalid source IP"));
    return new PeerConfig(
        object.metadata().name(),
        local,
        peerAs,
        target,
        spec.peerPort() == 0 ? 179 : spec.peerPort(),
        source,
        routerId(spec),
        timing.hold,
        timing.keepalive,
        timing.connect,
        spec.nodeSelectors(),
        password(object),
        bfd(spec),
        spec.enableGracefulRestart(),
        spec.ebgpMultiHop(),
        spec.dualStackAddressFamily(),
        "true".equals(object.metadata().annotations().get(BGPPeer.PASSIVE)),
        hops(object));
  }

  private static void refuse(boolean wrong, String path, String message, String remedy) {
    if (wrong) {
      throw new Problem(path, message, remedy);
    }
  }

  private static Address address(String text, String path, String message) {
    return Address.parse(text)
        .orElseThrow(() ->
            new Problem(path, message + " \"" + text + '"', "write 192.0.2.1 or 2001:db8::1"));
  }

  private static Optional<Address> routerId(BGPPeer.Spec spec) {
    if (spec.routerID().isEmpty()) {
      return Optional.empty();
    }
    Optional<Address> id =
        Address.parse(spec.routerID())
            .filter(address -> address.family() == Family.IPV4 && address.low() != 0);
    refuse(
        id.isEmpty(),
        "spec.routerID",
        "invalid router ID \"" + spec.routerID() + '"',
        "write it as an IPv4 address");
    return id;
  }

  private record Timing(Duration hold, Duration keepalive, Optional<Duration> connect) {}

  private static Timing timing(BGPPeer.Spec spec) {
    Optional<Duration> hold = duration(spec.holdTime(), "spec.holdTime");
    Optional<Duration> keepalive = duration(spec.keepaliveTime(), "spec.keepaliveTime");
    Duration holdTime = hold.or(() -> keepalive.map(k -> k.multipliedBy(3))).orElse(DEFAULT_HOLD);
    Duration whole = Duration.ofSeconds(holdTime.toSeconds());
    refuse(
        !whole.isZero() && whole.compareTo(SHORTEST_HOLD) < 0 || whole.toSeconds() > LONGEST_HOLD,
        "spec.holdTime",
        "invalid hold time \"%s\": must be 0 or >=3s".formatted(spec.holdTime().orElse("")),
        "write 90s");
    refuse(
        keepalive.isPresent() && keepalive.get().compareTo(holdTime) > 0,
        "spec.keepaliveTime",
        "invalid keepaliveTime \"%s\", must be lower than holdTime \"%s\""
            .formatted(spec.keepaliveTime().orElse(""), spec.holdTime().orElse("")),
        "write a third of the hold time");
    Optional<Duration> connect = duration(spec.connectTime(), "spec.connectTime");
    refuse(
        connect.isPresent() && connect.get().toSeconds() < 1,
        "spec.connectTime",
        "connect time should be between 1 seconds to 65535",
        "write 10s");
    return new Timing(whole, keepalive.orElse(Duration.ZERO), connect);
  }

  private static Optional<Duration> duration(Optional<String> text, String path) {
    return text.map(written ->
        GoDuration.parse(written)
            .orElseThrow(() ->
                new Problem(path, "invalid duration \"" + written + '"', "write 90s or 1m30s")));
  }

  private Optional<String> password(BGPPeer object) {
    BGPPeer.Spec spec = object.spec();
    boolean named = !spec.passwordSecret().name().isEmpty();
    refuse(
        !spec.password().isEmpty() && named,
        "spec.passwordSecret",
        "can not have both password and secret ref set in peer config \"%s\"/\"%s\""
            .formatted(object.metadata().namespace(), object.metadata().name()),
        "keep passwordSecret");
    Optional<String> password =
        spec.password().isEmpty() ? Optional.empty() : Optional.of(spec.password());
    if (named) {
      String namespace =
          spec.passwordSecret().namespace().isEmpty()
              ? object.metadata().namespace()
              : spec.passwordSecret().namespace();
      password =
          switch (passwords.apply(
              new BGPPeer.SecretReference(spec.passwordSecret().name(), namespace))) {
            case Password.Found(String text) -> Optional.of(text);
            case Password.Missing(String why) ->
                throw new Problem(
                    "spec.passwordSecret",
                    why,
                    "kubectl create secret generic %s -n %s --type=kubernetes.io/basic-auth"
                            .formatted(spec.passwordSecret().name(), namespace)
                        + " --from-literal=password=...");
          };
    }
    refuse(
        password.isPresent()
            && password.get().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                > LONGEST_PASSWORD,
        "spec.password",
        "the password has more than " + LONGEST_PASSWORD + " bytes, which TCP-MD5 does not take",
        "choose a shorter one");
    return password;
  }

  private Optional<BFDProfile.Spec> bfd(BGPPeer.Spec spec) {
    if (spec.bfdProfile().isEmpty()) {
      return Optional.empty();
    }
    BFDProfile.Spec profile = profiles.get(spec.bfdProfile());
    refuse(
        profile == null,
        "spec.bfdProfile",
        "BFDProfile \"%s\" does not exist".formatted(spec.bfdProfile()),
        "create it, or take bfdProfile away");
    return Optional.ofNullable(profile);
  }

  private static int hops(BGPPeer object) {
    String text = object.metadata().annotations().getOrDefault(BGPPeer.TTL_SECURITY_HOPS, "");
    if (text.isEmpty()) {
      return 0;
    }
    try {
      int hops = Integer.parseInt(text);
      if (hops >= 1 && hops <= 254) {
        return hops;
      }
    } catch (NumberFormatException _) {
      // As good as out of range.
    }
    throw new Problem(
        "metadata.annotations",
        BGPPeer.TTL_SECURITY_HOPS + "=" + text + " is not a number from 1 to 254",
        "write \"1\" for a router on the same network");
  }

  private BgpAdvertisement advertisement(BGPAdvertisement object) {
    BGPAdvertisement.Spec spec = object.spec();
    unique("spec.ipAddressPools", "ipAddressPools", spec.ipAddressPools());
    unique("spec.communities", "community", spec.communities());
    unique("spec.peers", "peers", spec.peers());
    unique("spec.ipAddressPoolSelectors", "ipAddressPoolSelectors", spec.ipAddressPoolSelectors());
    unique("spec.nodeSelectors", "nodeSelectors", spec.nodeSelectors());
    unique("spec.serviceSelectors", "serviceSelectors", spec.serviceSelectors());
    length("spec.aggregationLength", spec.aggregationLength(), Family.IPV4);
    length("spec.aggregationLengthV6", spec.aggregationLengthV6(), Family.IPV6);
    refuse(
        !spec.serviceSelectors().isEmpty()
            && (spec.aggregationLength() != 32 || spec.aggregationLengthV6() != 128),
        "spec.serviceSelectors",
        "serviceSelectors can only be used with aggregationLength 32 and aggregationLengthV6 128",
        "take the lengths away, or the selectors");
    List<dev.ballast.loadbalancer.bgp.message.Community> communities = new ArrayList<>();
    List<LargeCommunity> large = new ArrayList<>();
    for (String text : spec.communities()) {
      Communities value = aliases.getOrDefault(text, Communities.parse(text));
      switch (value) {
        case Communities.Standard(var community) -> communities.add(community);
        case Communities.Large(var community) -> large.add(community);
        case Communities.Invalid(String why) ->
            throw new Problem(
                "spec.communities",
                "%s\ninvalid community \"%s\" in BGP advertisement".formatted(why, text),
                "write 1234:1 or large:1234:1:2");
        case Communities.Unknown _ ->
            throw new Problem(
                "spec.communities",
                "invalid community format: %s\ninvalid community \"%s\" in BGP advertisement"
                    .formatted(text, text),
                "define the alias in a Community object");
      }
    }
    return new BgpAdvertisement(
        object.metadata().name(),
        Map.of(Family.IPV4, spec.aggregationLength(), Family.IPV6, spec.aggregationLengthV6()),
        new RouteAttributes(spec.localPref(), spec.asPathPrepend(), communities, large),
        Set.copyOf(spec.ipAddressPools()),
        spec.ipAddressPoolSelectors(),
        spec.nodeSelectors(),
        spec.serviceSelectors(),
        Set.copyOf(spec.peers()));
  }

  private static void length(String path, int length, Family family) {
    refuse(
        length < 0 || length > family.bits(),
        path,
        "invalid aggregation length %d for %s".formatted(length, family),
        "write a length of at most " + family.bits());
  }

  private static void unique(String path, String field, List<?> values) {
    Set<Object> seen = new HashSet<>();
    for (Object value : values) {
      refuse(
          !seen.add(value),
          path,
          "duplicate definition of %s \"%s\"".formatted(field, value),
          "name it once");
    }
  }
}
