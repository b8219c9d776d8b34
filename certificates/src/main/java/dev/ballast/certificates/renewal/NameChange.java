package dev.ballast.certificates.renewal;

import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.Certificates;
import java.util.ArrayList;
import java.util.List;

/**
 * Alternative names that a renewal adds and takes away.
 *
 * @param added names that the successor has, whether its predecessor had them or not
 * @param removed names that it does not have
 */
public record NameChange(List<AlternativeName> added, List<AlternativeName> removed) {
  public static final NameChange NONE = new NameChange(List.of(), List.of());

  public NameChange {
    added = List.copyOf(added);
    removed = List.copyOf(removed);
  }

  public boolean isNone() {
    return added.isEmpty() && removed.isEmpty();
  }

  List<AlternativeName> applyTo(List<AlternativeName> names) {
    var changed = new ArrayList<>(names);
    changed.addAll(added);
    changed.removeAll(removed);
    return Certificates.sorted(changed);
  }
}
