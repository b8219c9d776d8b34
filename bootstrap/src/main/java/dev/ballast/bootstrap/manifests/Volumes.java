package dev.ballast.bootstrap.manifests;

import static dev.ballast.bootstrap.data.Data.map;

import dev.ballast.bootstrap.data.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The directories and files of the host that a pod sees, by name. */
final class Volumes {
  private final Map<String, Map<String, Object>> volumes = new TreeMap<>();
  private final Map<String, Map<String, Object>> mounts = new TreeMap<>();

  void add(String name, String path, boolean readOnly, String type) {
    add(name, path, path, readOnly, type);
  }

  private void add(String name, String host, String inside, boolean readOnly, String type) {
    Map<String, Object> hostPath = map("path", host);
    if (!type.isEmpty()) {
      hostPath.put("type", type);
    } else {
      hostPath.put("type", "");
    }
    volumes.put(name, map("hostPath", hostPath, "name", name));
    Map<String, Object> mount = map("mountPath", inside, "name", name);
    if (readOnly) {
      mount.put("readOnly", true);
    }
    mounts.put(name, mount);
  }

  /** Adds those of a configuration. */
  void extra(List<Map<String, Object>> given) {
    for (Map<String, Object> each : given) {
      add(
          Data.text(each, "name"),
          Data.text(each, "hostPath"),
          Data.text(each, "mountPath"),
          Data.isTrue(each, "readOnly"),
          Data.text(each, "pathType"));
    }
  }

  List<Object> all() {
    return new ArrayList<>(volumes.values());
  }

  /** Returns the mounts in an order; by name when there is none. */
  List<Object> mounts(List<String> order) {
    var sorted = new ArrayList<Object>();
    order.forEach(name -> sorted.add(mounts.getOrDefault(name, Map.of())));
    mounts.forEach((name, mount) -> {
      if (!order.contains(name)) {
        sorted.add(mount);
      }
    });
    return sorted;
  }
}
