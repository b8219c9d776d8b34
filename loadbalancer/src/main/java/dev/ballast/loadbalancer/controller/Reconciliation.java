package dev.ballast.loadbalancer.controller;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Allocations;
import dev.ballast.loadbalancer.allocation.Decision;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import dev.ballast.loadbalancer.allocation.Notice;
import dev.ballast.loadbalancer.allocation.PoolUse;
import dev.ballast.loadbalancer.allocation.ServiceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What has to be written so that the objects say what was decided. Nothing where they say it
 * already, so that a repeat is harmless.
 *
 * @param writes the statuses of services, those that lose an address first: so no two services ever
 *     show one address that they may not share
 * @param events what is new to tell
 */
public record Reconciliation(List<Write> writes, List<PoolUse> poolUses, List<Event> events) {
  public Reconciliation {
    writes = List.copyOf(writes);
    poolUses = List.copyOf(poolUses);
    events = List.copyOf(events);
  }

  /**
   * A status to write.
   *
   * @param addresses the new {@code status.loadBalancer.ingress}; empty to clear it
   * @param pool what the addresses are of; empty for none
   * @param former what the status shows now
   */
  public record Write(
      ServiceName service, List<Address> addresses, String pool, List<String> former) {
    List<String> texts() {
      return addresses.stream().map(Address::toString).toList();
    }

    List<String> givesUp() {
      List<String> wanted = texts();
      return former.stream().filter(address -> !wanted.contains(address)).toList();
    }

    /**
     * Returns the services that must be written before: those that give up an address that this
     * write shows, so that no two services show it. Who gives up an address itself waits for
     * nobody, or two that swap would wait for each other.
     *
     * @param leavers who gives up which address
     */
    public Set<ServiceName> after(Map<String, Set<ServiceName>> leavers) {
      Set<ServiceName> after = new HashSet<>();
      if (givesUp().isEmpty()) {
        texts().forEach(address -> after.addAll(leavers.getOrDefault(address, Set.of())));
      }
      return after;
    }
  }

  /** Returns who gives up which address, as text. */
  public Map<String, Set<ServiceName>> leavers() {
    Map<String, Set<ServiceName>> leavers = new HashMap<>();
    for (Write write : writes) {
      for (String address : write.givesUp()) {
        leavers.computeIfAbsent(address, _ -> new HashSet<>()).add(write.service());
      }
    }
    return leavers;
  }

  /** Something to tell about a service. */
  public record Event(ServiceName service, Notice notice) {}

  /**
   * Compares.
   *
   * @param ingress what each service's status says now, as text
   * @param uses what each pool's status says now
   * @param told what was told of each service at the last time
   */
  public static Reconciliation of(
      Allocations decided,
      Map<ServiceName, List<String>> ingress,
      Map<String, PoolUse> uses,
      Map<ServiceName, List<Notice>> told) {
    List<Write> losing = new ArrayList<>();
    List<Write> gaining = new ArrayList<>();
    List<Event> events = new ArrayList<>();
    for (Decision decision : decided.decisions()) {
      if (decision.verdict() instanceof Verdict.NotOurs) {
        continue;
      }
      ServiceName service = decision.service();
      List<String> now = ingress.getOrDefault(service, List.of());
      List<String> wanted = decision.addresses().stream().map(Address::toString).toList();
      if (!now.equals(wanted)) {
        Write write = new Write(service, decision.addresses(), pool(decision), now);
        (wanted.containsAll(now) ? gaining : losing).add(write);
      }
      List<Notice> before = told.getOrDefault(service, List.of());
      decision.notices().stream()
          .filter(notice -> !before.contains(notice))
          .forEach(notice -> events.add(new Event(service, notice)));
    }
    // Who moves to an address that another one leaves is served after that one.
    losing.sort((a, b) -> Boolean.compare(!a.addresses().isEmpty(), !b.addresses().isEmpty()));
    List<Write> writes = new ArrayList<>(losing);
    writes.addAll(gaining);
    List<PoolUse> changed =
        decided.pools().stream().filter(use -> !use.equals(uses.get(use.pool()))).toList();
    return new Reconciliation(writes, changed, events);
  }

  private static String pool(Decision decision) {
    return decision.verdict() instanceof Verdict.Given given ? given.pool() : "";
  }
}
