package dev.ballast.concurrency;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a scheduler can do here.
 *
 * @param missing what it cannot, each with the reason and what would help
 */
public record Capabilities(Map<Capability, String> missing) {
  public Capabilities {
    missing = Map.copyOf(missing);
  }

  public boolean has(Capability capability) {
    return !missing.containsKey(capability);
  }

  /** Why a capability is missing. */
  public Optional<String> whyNot(Capability capability) {
    return Optional.ofNullable(missing.get(capability));
  }

  /**
   * @throws UnsupportedOperationException with the reason if the capability is missing
   */
  void require(Capability capability) {
    String reason = missing.get(capability);
    if (reason != null) {
      throw new UnsupportedOperationException("cannot " + capability.purpose() + ": " + reason);
    }
  }

  static Capabilities ofNative() {
    Map<Capability, String> missing = new EnumMap<>(Capability.class);
    Jvmti.unavailable().ifPresent(why -> missing.put(Capability.SUSPEND_RUNNING, why));
    return new Capabilities(missing);
  }

  static Capabilities ofDeterministic() {
    String one = "the deterministic mode has one OS thread for all tasks";
    return new Capabilities(
        Map.of(Capability.LOCK_OS_THREAD, one, Capability.SUSPEND_RUNNING, one));
  }

  static Capabilities ofPortable() {
    String why = "this scheduler is in portable mode; native mode needs " + JdkInternals.OPENS;
    Map<Capability, String> missing = new EnumMap<>(Capability.class);
    for (Capability each : Capability.values()) {
      missing.put(each, why);
    }
    missing.put(
        Capability.LOCK_OS_THREAD,
        "this scheduler is in portable mode, where only OsThread.call gives a task an OS thread;"
            + " native mode needs "
            + JdkInternals.OPENS);
    return new Capabilities(missing);
  }
}
