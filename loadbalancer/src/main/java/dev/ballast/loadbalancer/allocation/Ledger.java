package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who uses which address, while a decision is made. Addresses are only ever added, so that the
 * search for a free one never has to look back. Belongs to one thread.
 */
final class Ledger {
  private final PoolIndex index;
  private final Map<Address, Use> uses = new HashMap<>();
  private final Map<String, Map<Family, Shelf>> shelves = new HashMap<>();
  private long probes;

  Ledger(Collection<Pool> pools) {
    index = new PoolIndex(pools);
    for (Pool pool : pools) {
      Map<Family, Shelf> ofPool = new TreeMap<>();
      for (Family family : Family.values()) {
        ofPool.put(family, new Shelf(pool, family));
      }
      shelves.put(pool.name(), ofPool);
    }
  }

  /** What stands on one address. */
  private static final class Use {
    private final String sharingKey;
    private final String backendKey;
    private final List<ServiceName> services = new ArrayList<>();
    private final Map<Port, ServiceName> ports = new HashMap<>();

    Use(Claim first) {
      sharingKey = first.sharingKey();
      backendKey = first.backendKey();
    }

    /** Why a service can not come beside those that are here, or an empty text. */
    String objection(Claim claim) {
      if (sharingKey.isEmpty()) {
        return "existing service does not allow sharing";
      }
      if (claim.sharingKey().isEmpty()) {
        return "new service does not allow sharing";
      }
      if (!sharingKey.equals(claim.sharingKey())) {
        return "sharing key \"%s\" does not match existing sharing key \"%s\""
            .formatted(claim.sharingKey(), sharingKey);
      }
      if (!backendKey.equals(claim.backendKey())) {
        return "backend key \"%s\" does not match existing sharing key \"%s\""
            .formatted(claim.backendKey(), backendKey);
      }
      return "";
    }
  }

  /** The pool that all of these addresses are of. */
  Optional<Pool> poolOf(List<Address> addresses) {
    return index.poolOf(addresses);
  }

  /** Why a service can not have an address, as the original says it; an empty text if it can. */
  Problem problem(Claim claim, Address address) {
    Use use = uses.get(address);
    if (use == null) {
      return Problem.NONE;
    }
    String objection = use.objection(claim);
    if (!objection.isEmpty()) {
      String others = String.join(",", use.services.stream().map(ServiceName::toString).toList());
      return new Problem(
          "can't change sharing key for \"%s\", address also in use by %s"
              .formatted(claim.service(), others),
          objection);
    }
    for (Port port : claim.ports()) {
      ServiceName holder = use.ports.get(port);
      if (holder != null) {
        return new Problem(
            "port %s is already in use on \"%s\"".formatted(port, address), holder + " has it");
      }
    }
    return Problem.NONE;
  }

  /** Why not: the original's text, and what is behind it. Both empty if there is nothing. */
  record Problem(String text, String detail) {
    static final Problem NONE = new Problem("", "");

    boolean none() {
      return text.isEmpty();
    }
  }

  /** Writes down that a service has an address; the caller has asked for problems before. */
  void assign(Claim claim, Address address) {
    Use use = uses.computeIfAbsent(address, _ -> new Use(claim));
    use.services.add(claim.service());
    claim.ports().forEach(port -> use.ports.put(port, claim.service()));
    index
        .poolOf(List.of(address))
        .ifPresent(pool -> shelf(pool, address.family()).taken(address, claim));
  }

  /** The first address of a pool, in the pool's own order, that this service can have. */
  Optional<Address> find(Claim claim, Pool pool, Family family) {
    Shelf shelf = shelf(pool, family);
    Optional<Place> free = shelf.firstFree();
    Optional<Place> shared = shelf.firstShareable(claim);
    if (free.isPresent() && shared.isPresent()) {
      return (free.get().compareTo(shared.get()) < 0 ? free : shared).map(Place::address);
    }
    return free.or(() -> shared).map(Place::address);
  }

  long inUse(Pool pool, Family family) {
    return shelf(pool, family).taken;
  }

  /** How many addresses were looked at in all searches. */
  long probes() {
    return probes;
  }

  private Shelf shelf(Pool pool, Family family) {
    Map<Family, Shelf> ofPool = shelves.get(pool.name());
    Shelf shelf = ofPool == null ? null : ofPool.get(family);
    if (shelf == null) {
      throw new IllegalArgumentException("pool=" + pool.name() + " is not in the snapshot");
    }
    return shelf;
  }

  /** Where in the order of a pool an address is. */
  private record Place(int range, Address address) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return range != other.range
          ? Integer.compare(range, other.range)
          : address.compareTo(other.address);
    }
  }

  /** The addresses of one family in one pool. */
  private final class Shelf {
    private final Pool pool;
    private final Family family;
    private final Map<SharingGroup.Keys, SharingGroup<Place>> groups = new HashMap<>();
    private int range = -1;
    private Optional<Address> next = Optional.empty();
    private long taken;

    Shelf(Pool pool, Family family) {
      this.pool = pool;
      this.family = family;
      nextRange();
    }

    void taken(Address address, Claim claim) {
      SharingGroup.Keys keys = new SharingGroup.Keys(claim.sharingKey(), claim.backendKey());
      if (useOf(address).services.size() == 1) {
        taken++;
      }
      if (!claim.sharingKey().isEmpty()) {
        groups.computeIfAbsent(keys, _ -> new SharingGroup<>()).add(placeOf(address));
      }
    }

    private Use useOf(Address address) {
      Use use = uses.get(address);
      if (use == null) {
        throw new IllegalStateException(address + " is not in use");
      }
      return use;
    }

    private Place placeOf(Address address) {
      int at = 0;
      while (!pool.ranges().get(at).contains(address)) {
        at++;
      }
      return new Place(at, address);
    }

    Optional<Place> firstFree() {
      while (next.isPresent()) {
        Address candidate = next.get();
        probes++;
        if (pool.usable(candidate) && !uses.containsKey(candidate)) {
          return Optional.of(new Place(range, candidate));
        }
        next =
            candidate.equals(pool.ranges().get(range).last()) ? Optional.empty() : candidate.next();
        if (next.isEmpty()) {
          nextRange();
        }
      }
      return Optional.empty();
    }

    private void nextRange() {
      range++;
      while (range < pool.ranges().size() && pool.ranges().get(range).family() != family) {
        range++;
      }
      next =
          range < pool.ranges().size()
              ? Optional.of(pool.ranges().get(range).first())
              : Optional.empty();
    }

    Optional<Place> firstShareable(Claim claim) {
      SharingGroup<Place> group =
          groups.get(new SharingGroup.Keys(claim.sharingKey(), claim.backendKey()));
      if (claim.sharingKey().isEmpty() || group == null) {
        return Optional.empty();
      }
      return group.first(
          claim.ports(),
          place -> {
            probes++;
            return problem(claim, place.address()).none();
          });
    }
  }
}
