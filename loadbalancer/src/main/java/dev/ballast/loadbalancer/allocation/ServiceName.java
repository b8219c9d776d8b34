package dev.ballast.loadbalancer.allocation;

import java.util.Comparator;

/** Which service. */
public record ServiceName(String namespace, String name) implements Comparable<ServiceName> {
  private static final Comparator<ServiceName> ORDER =
      Comparator.comparing(ServiceName::namespace).thenComparing(ServiceName::name);

  /** Reads {@code namespace/name}; without a namespace it is {@code default}. */
  public static ServiceName parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new ServiceName("default", text)
        : new ServiceName(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(ServiceName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
