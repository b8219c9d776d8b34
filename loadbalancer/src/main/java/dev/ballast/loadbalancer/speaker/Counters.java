package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What was received and sent for each address. Thread-safe. */
public final class Counters {
  /** Addresses that were ever announced; a bound against a pool that is changed for years. */
  private static final int MOST = 100_000;

  private static final class OfAddress {
    private final LongAdder requests = new LongAdder();
    private final LongAdder responses = new LongAdder();
    private final LongAdder gratuitous = new LongAdder();
    private final LongAdder conflicts = new LongAdder();
  }

  private final Map<Address, OfAddress> all = new ConcurrentHashMap<>();

  void requested(Address address) {
    of(address).requests.increment();
  }

  void responded(Address address) {
    of(address).responses.increment();
  }

  void gratuitous(Address address) {
    of(address).gratuitous.increment();
  }

  void conflict(Address address) {
    of(address).conflicts.increment();
  }

  private OfAddress of(Address address) {
    if (all.size() >= MOST && !all.containsKey(address)) {
      all.clear();
    }
    return all.computeIfAbsent(address, _ -> new OfAddress());
  }

  /** {@code metallb_layer2_requests_received}. */
  public Map<Address, Long> requestsReceived() {
    return values(one -> one.requests.sum());
  }

  /** {@code metallb_layer2_responses_sent}. */
  public Map<Address, Long> responsesSent() {
    return values(one -> one.responses.sum());
  }

  /** {@code metallb_layer2_gratuitous_sent}. */
  public Map<Address, Long> gratuitousSent() {
    return values(one -> one.gratuitous.sum());
  }

  /** {@code ballast_layer2_address_conflicts}. */
  public Map<Address, Long> conflicts() {
    return values(one -> one.conflicts.sum());
  }

  private Map<Address, Long> values(ToLongFunction<OfAddress> value) {
    return all.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> value.applyAsLong(e.getValue())));
  }
}
