package dev.ballast.concurrency;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a scheduler can do here.
 *
 * @param missing what it cannot, each with the reason and what would help
 */
public record Capabilities(Map<Capability, String> missing) {
  /** Takes what it is made of. */
  public Capabilities {
    missing = Collections.unmodifiableMap(new TreeMap<>(missing));
  }

  /**
   * Whether the scheduler can do something.
   *
   * @param capability that may be missing
   * @return whether it is there
   */
  public boolean has(Capability capability) {
    return !missing.containsKey(capability);
  }

  /**
   * Why a capability is missing.
   *
   * @param capability that may be missing
   * @return the reason, with what would help; empty if it is there
   */
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
    ThreadStarts.unavailable().ifPresent(why -> missing.put(Capability.CLEAN_STARTS, why));
    return new Capabilities(missing);
  }

  static Capabilities ofDeterministic() {
    String one = "the deterministic mode has one OS thread for all tasks";
    Map<Capability, String> missing = new EnumMap<>(Capability.class);
    missing.put(Capability.LOCK_OS_THREAD, one);
    missing.put(Capability.SUSPEND_RUNNING, one);
    ThreadStarts.unavailable().ifPresent(why -> missing.put(Capability.CLEAN_STARTS, why));
    return new Capabilities(missing);
  }

  static Capabilities ofPortable() {
    String needs = JdkInternals.movedAway().orElse("native mode needs " + JdkInternals.OPENS);
    String why = "this scheduler is in portable mode; " + needs;
    Map<Capability, String> missing = new EnumMap<>(Capability.class);
    for (Capability each : Capability.values()) {
      missing.put(each, why);
    }
    missing.put(
        Capability.LOCK_OS_THREAD,
        "this scheduler is in portable mode, where only OsThread.call gives a task an OS thread; "
            + needs);
    missing.remove(Capability.CLEAN_STARTS);
    ThreadStarts.unavailable().ifPresent(reason -> missing.put(Capability.CLEAN_STARTS, reason));
    return new Capabilities(missing);
  }
}
