package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.ServiceEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Addresses for hosts of ServiceEntries that have none, out of {@code 240.240.0.0/16} and {@code
 * 2001:2::/48}. One pair a host, whichever entries name it; what is in a status stays; what is not
 * used any more is free again. Pure.
 */
public final class Allocation {
  private static final int SIZE = 1 << 16;

  /** The addresses of each host, IPv4 first. */
  private final Map<String, List<String>> byHost;

  private final List<String> exhausted;

  private Allocation(Map<String, List<String>> byHost, List<String> exhausted) {
    this.byHost = byHost;
    this.exhausted = exhausted;
  }

  /** Returns the addresses of a host; empty when it needs none. */
  public List<String> of(String host) {
    return byHost.getOrDefault(host, List.of());
  }

  /** Returns the hosts for which no address is left. */
  public List<String> exhausted() {
    return exhausted;
  }

  /** Returns the addresses of all hosts. */
  public Map<String, List<String>> all() {
    return byHost;
  }

  /**
   * Allocates.
   *
   * @param remembered what hosts had before, for those whose object does not say it
   */
  static Allocation of(List<ServiceEntry> entries, Map<String, List<String>> remembered) {
    List<ServiceEntry> oldestFirst = new ArrayList<>(entries);
    oldestFirst.sort(
        Comparator.comparing((ServiceEntry each) -> each.metadata().created())
            .thenComparing(each -> each.metadata().namespace())
            .thenComparing(each -> each.metadata().name()));
    Set<String> written = new HashSet<>();
    entries.forEach(each -> written.addAll(each.spec().addresses()));
    Map<String, Integer> numbers = new LinkedHashMap<>();
    Set<Integer> used = new HashSet<>();
    List<String> waiting = new ArrayList<>();
    for (ServiceEntry entry : oldestFirst) {
      if (!entry.isAutoAllocated()) {
        continue;
      }
      for (String host : entry.spec().hosts()) {
        List<String> had =
            entry.assigned().getOrDefault(host, remembered.getOrDefault(host, List.of()));
        int number = number(had);
        if (Hosts.isWildcard(host) || numbers.containsKey(host)) {
          continue;
        }
        if (number > 0 && !written.contains(ipv4(number)) && used.add(number)) {
          numbers.put(host, number);
        } else {
          waiting.add(host);
        }
      }
    }
    List<String> exhausted = new ArrayList<>();
    int next = 1;
    for (String host : waiting) {
      if (numbers.containsKey(host)) {
        continue;
      }
      while (next < SIZE && (used.contains(next) || written.contains(ipv4(next)))) {
        next++;
      }
      if (next >= SIZE) {
        exhausted.add(host);
        continue;
      }
      used.add(next);
      numbers.put(host, next);
    }
    Map<String, List<String>> byHost = new HashMap<>();
    numbers.forEach((host, number) -> byHost.put(host, List.of(ipv4(number), ipv6(number))));
    return new Allocation(byHost, List.copyOf(exhausted));
  }

  private static String ipv4(int number) {
    return "240.240." + (number >> 8) + "." + (number & 0xff);
  }

  private static String ipv6(int number) {
    return "2001:2::" + Integer.toHexString(number);
  }

  /** The number of an IPv4 address of ours; 0 for all others. */
  private static int number(List<String> assigned) {
    for (String address : assigned) {
      String[] parts = address.split("\\.");
      if (parts.length == 4 && address.startsWith("240.240.")) {
        try {
          int number = (Integer.parseInt(parts[2]) << 8) | Integer.parseInt(parts[3]);
          return number > 0 && number < SIZE && ipv4(number).equals(address) ? number : 0;
        } catch (NumberFormatException _) {
          return 0;
        }
      }
    }
    return 0;
  }
}
