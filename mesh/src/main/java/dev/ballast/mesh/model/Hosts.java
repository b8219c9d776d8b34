package dev.ballast.mesh.model;

/** Names of services, with and without wildcards. */
public final class Hosts {
  private Hosts() {}

  public static boolean isWildcard(String host) {
    return host.startsWith("*");
  }

  /** Whether a name, which may be a wildcard, includes another name or wildcard. */
  public static boolean covers(String wide, String host) {
    if (wide.equals(host)) {
      return true;
    }
    return isWildcard(wide)
        && host.length() >= wide.length() - (isWildcard(host) ? 0 : 1)
        && host.endsWith(wide.substring(1))
        && !(isWildcard(host) && host.length() < wide.length());
  }

  /** Whether two names, of which each may be a wildcard, have a name in common. */
  public static boolean overlap(String one, String other) {
    return covers(one, other) || covers(other, one);
  }

  /** Returns the whole name that a name in a rule stands for. */
  public static String resolve(String host, String namespace, String domain) {
    return host.isEmpty() || host.indexOf('.') >= 0 || isWildcard(host)
        ? host
        : host + "." + namespace + ".svc." + domain;
  }
}
