package dev.ballast.mesh.control;

import dev.ballast.mesh.model.Finding;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.resource.ServiceEntry;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the statuses of the objects should be. Pure. */
final class Statuses {
  /** A message names at most so many findings; the rest are counted. */
  private static final int MOST_SENTENCES = 5;

  /** The types of conditions that this role writes. */
  private static final List<String> TYPES =
      List.of("Conflicted", "NoEffect", "Rejected", "Warning");

  private Statuses() {}

  static Map<ObjectKey, Map<String, Object>> of(
      Snapshot snapshot, MeshModel model, Collection<Finding> findings) {
    Map<ObjectKey, Map<String, List<Finding>>> byObject = new TreeMap<>();
    for (Finding finding : new TreeSet<>(findings)) {
      byObject
          .computeIfAbsent(finding.object(), _ -> new TreeMap<>())
          .computeIfAbsent(finding.type(), _ -> new ArrayList<>())
          .add(finding);
    }
    Map<ObjectKey, Map<String, Object>> statuses = new LinkedHashMap<>();
    for (ServiceEntry entry : snapshot.all(ServiceEntry.class)) {
      List<Map<String, Object>> addresses = new ArrayList<>();
      if (entry.isAutoAllocated()) {
        for (String host : entry.spec().hosts()) {
          for (String address : model.allocation().of(host)) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("value", address);
            one.put("host", host);
            addresses.add(one);
          }
        }
      }
      Map<String, Object> status = new LinkedHashMap<>();
      if (!addresses.isEmpty()) {
        status.put("addresses", addresses);
      }
      if (!status.isEmpty() || byObject.containsKey(entry.key())) {
        statuses.put(entry.key(), status);
      }
    }
    byObject.forEach((key, byType) -> {
      Map<String, Object> status = statuses.computeIfAbsent(key, _ -> new LinkedHashMap<>());
      List<Map<String, Object>> conditions = new ArrayList<>();
      for (String type : TYPES) {
        List<Finding> found = byType.getOrDefault(type, List.of());
        if (!found.isEmpty()) {
          conditions.add(condition(type, found));
        }
      }
      status.put("conditions", conditions);
    });
    return statuses;
  }

  /** Without a time: a status that says the same is the same. */
  private static Map<String, Object> condition(String type, List<Finding> found) {
    StringBuilder message = new StringBuilder();
    found.stream()
        .limit(MOST_SENTENCES)
        .forEach(each -> message.append(message.isEmpty() ? "" : "; ").append(each.message()));
    if (found.size() > MOST_SENTENCES) {
      message.append("; and ").append(found.size() - MOST_SENTENCES).append(" more");
    }
    Map<String, Object> condition = new LinkedHashMap<>();
    condition.put("type", type);
    condition.put("status", "True");
    condition.put("reason", found.getFirst().reason());
    condition.put("message", message.toString());
    return condition;
  }
}
