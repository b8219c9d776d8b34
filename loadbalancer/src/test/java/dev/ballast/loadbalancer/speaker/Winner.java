package dev.ballast.loadbalancer.speaker;

import java.util.List;

/** The owner by MetalLB's rule, computed by sha256sum and sort. */
final class Winner {
  private Winner() {}

  static String of(List<String> nodes, String address) throws Exception {
    String script =
        "for n in %s; do echo $(printf '%%s' \"$n#%s\" | sha256sum | cut -c-64) $n; done | sort"
            .formatted(String.join(" ", nodes), address);
    return Rack.run("bash", "-c", script).lines().findFirst().orElseThrow().split(" ")[1];
  }
}
