package dev.ballast.lab.rack;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Everything that has to be made for a rack, in order. */
public record Plan(List<Step> steps) {
  public Plan {
    steps = List.copyOf(steps);
  }

  /** Settings come before cables: nothing may be answered by the kernel before they hold. */
  public static Plan of(Rack rack) {
    List<Step> steps = new ArrayList<>();
    String switches = rack.switchNetwork();
    steps.add(new Step.Network(switches));
    rack.segments().forEach(segment -> steps.add(new Step.Bridge(switches, segment)));
    for (Host host : rack.hosts()) {
      String network = rack.network(host.name());
      steps.add(new Step.Network(network));
      new TreeMap<>(host.settings())
          .forEach((key, value) -> steps.add(new Step.Setting(network, key, value)));
      for (Port port : host.ports()) {
        String plug = host.name() + "-" + port.name();
        steps.add(new Step.Cable(network, port.name(), port.mac(), switches, plug, port.segment()));
        steps.add(new Step.Address(network, port));
      }
      host.routes().forEach(way -> steps.add(new Step.Route(network, way)));
    }
    return new Plan(steps);
  }

  /** The names of the network namespaces. */
  public List<String> networks() {
    return steps.stream().filter(Step.Network.class::isInstance).map(Step::network).toList();
  }
}
