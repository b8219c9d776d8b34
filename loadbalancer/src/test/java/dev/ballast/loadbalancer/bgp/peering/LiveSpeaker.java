package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bfd.BfdSettings;
import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Community;
import dev.ballast.loadbalancer.bgp.message.LargeCommunity;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.loadbalancer.bgp.session.Terms;
import dev.ballast.loadbalancer.bgp.transport.Route;
import dev.ballast.loadbalancer.bgp.transport.Target;
import dev.ballast.loadbalancer.loop.Loop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** The peers of a speaker on real sockets, on a thread that is in a host's network namespace. */
final class LiveSpeaker implements AutoCloseable {
  static final RouteAttributes PLAIN = new RouteAttributes(0, 0, List.of(), List.of());

  private final Loop loop = Loop.open();
  private final Peers peers;
  private final Thread thread;
  final List<String> told = new CopyOnWriteArrayList<>();

  LiveSpeaker(Path namespace, int port, Function<Loop, Bfd> bfd) {
    peers =
        new Peers(
            loop,
            new Random(1),
            new Observer() {
              @Override
              public void up(String peer, PeerStatus status) {
                told.add("up " + peer);
              }

              @Override
              public void down(String peer, String reason) {
                told.add("down " + peer + " " + reason);
              }
            },
            bfd.apply(loop));
    thread = thread("bgp", namespace, loop);
    call(() -> peers.listen(port));
  }

  /** One in the network namespace that the test is in. */
  LiveSpeaker(int port, Function<Loop, Bfd> bfd) {
    this(Path.of("/proc/self/ns/net"), port, bfd);
  }

  LiveSpeaker(Path namespace, int port) {
    this(namespace, port, _ -> Bfd.NONE);
  }

  /** Starts a thread that runs a loop in a network namespace. */
  static Thread thread(String name, Path namespace, Loop loop) {
    return Thread.ofPlatform()
        .name(name)
        .start(() -> {
          if (!namespace.startsWith("/proc")) {
            try (Namespace network = Namespace.open(NamespaceKind.NET, namespace)) {
              network.enter();
            }
          }
          loop.run();
        });
  }

  void call(Runnable body) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        body.run();
        done.complete(true);
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    });
    done.join();
  }

  void configure(PeerSettings... settings) {
    call(() -> peers.configure(List.of(settings)));
  }

  void routes(String peer, Map<Cidr, RouteAttributes> routes) {
    call(() -> peers.routes(peer, routes));
  }

  PeerStatus status(String peer) {
    return peers.all().get(peer).status();
  }

  Peering peering(String peer) {
    return peers.all().get(peer);
  }

  void stop(dev.ballast.loadbalancer.bgp.message.Message.Notification cease) {
    call(() -> peers.stop(cease, false));
  }

  static Cidr cidr(String text) {
    String[] parts = text.split("/");
    return Cidr.containing(Address.parse(parts[0]).orElseThrow(), Integer.parseInt(parts[1]));
  }

  static RouteAttributes attributes(
      long localPref, int prepend, List<String> communities, List<String> large) {
    List<Community> some = new ArrayList<>();
    communities.forEach(text -> {
      String[] parts = text.split(":");
      some.add(Community.of(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])));
    });
    List<LargeCommunity> more = new ArrayList<>();
    large.forEach(text -> {
      String[] parts = text.split(":");
      more.add(
          new LargeCommunity(
              Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2])));
    });
    return new RouteAttributes(localPref, prepend, some, more);
  }

  /** A builder of settings with what most tests want. */
  static final class Peer {
    private final String name;
    private Target target;
    private int port = 179;
    private Optional<Address> source = Optional.empty();
    private Optional<String> key = Optional.empty();
    private int hops;
    private long localAs = 64512;
    private PeerAs peerAs = new PeerAs.Exactly(64513);
    private Duration hold = Duration.ofSeconds(9);
    private boolean passive;
    private Duration retry = Duration.ofMillis(500);
    private Set<AddressFamily> families = new LinkedHashSet<>();
    private boolean ipv6NextHops;
    private Optional<BfdSettings> bfd = Optional.empty();

    Peer(String name, String address) {
      this.name = name;
      Optional<Address> parsed = Address.parse(address);
      target = parsed.<Target>map(Target.At::new).orElseGet(() -> new Target.Behind(address));
      families.add(AddressFamily.unicast(parsed.map(Address::family).orElse(Family.IPV4)));
    }

    Peer key(String text) {
      key = Optional.of(text);
      return this;
    }

    Peer hops(int count) {
      hops = count;
      return this;
    }

    Peer port(int number) {
      port = number;
      return this;
    }

    Peer source(String address) {
      source = Address.parse(address);
      return this;
    }

    Peer as(long local, PeerAs peer) {
      localAs = local;
      peerAs = peer;
      return this;
    }

    Peer hold(Duration time) {
      hold = time;
      return this;
    }

    Peer retry(Duration time) {
      retry = time;
      return this;
    }

    Peer passive() {
      passive = true;
      return this;
    }

    Peer both() {
      families = new LinkedHashSet<>();
      families.add(AddressFamily.IPV4_UNICAST);
      families.add(AddressFamily.IPV6_UNICAST);
      return this;
    }

    Peer ipv6NextHops() {
      ipv6NextHops = true;
      return both();
    }

    Peer bfd(BfdSettings settings) {
      bfd = Optional.of(settings);
      return this;
    }

    PeerSettings settings() {
      return new PeerSettings(
          name,
          new Route(target, port, source, key, hops),
          new Terms(
              localAs,
              peerAs,
              0x0a580002,
              hold,
              Duration.ZERO,
              retry,
              retry.multipliedBy(4),
              passive,
              families,
              ipv6NextHops,
              Duration.ZERO),
          bfd);
    }
  }

  @Override
  public void close() throws InterruptedException {
    call(peers::close);
    loop.close();
    thread.join();
  }
}
