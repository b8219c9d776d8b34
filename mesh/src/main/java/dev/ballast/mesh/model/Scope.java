package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.OutboundMode;
import dev.ballast.mesh.resource.Sidecar;
import dev.ballast.mesh.resource.VirtualService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What proxies of one namespace, with one Sidecar, see of the mesh: one service for each name, the
 * rules of routing, and what was rejected for which reason. Immutable.
 */
public final class Scope {
  private final MeshModel model;
  private final String namespace;
  private final Optional<Sidecar> sidecar;
  private final Map<String, MeshService> byHost = new LinkedHashMap<>();
  private final Map<String, List<Rejected>> rejected = new HashMap<>();
  private final List<VirtualService> virtualServices = new ArrayList<>();

  /** A service that another one of the same name, or a rule, keeps out. */
  public record Rejected(MeshService service, String because) {}

  private Scope(MeshModel model, String namespace, Optional<Sidecar> sidecar) {
    this.model = model;
    this.namespace = namespace;
    this.sidecar = sidecar;
    for (MeshService service : model.services()) {
      consider(service);
    }
    for (VirtualService rule : model.virtualServices()) {
      if (isVisible(rule)) {
        virtualServices.add(rule);
      }
    }
  }

  /** Finds out what proxies see. */
  public static Scope of(MeshModel model, String namespace, Optional<Sidecar> sidecar) {
    return new Scope(model, namespace, sidecar);
  }

  private void consider(MeshService service) {
    String host = service.host();
    if (!service.isVisibleIn(namespace)) {
      reject(service, "exportTo of " + service.source() + " does not include " + namespace);
      return;
    }
    if (!isImported(service)) {
      reject(service, "no egress host of " + sidecar.orElseThrow().key() + " includes it");
      return;
    }
    MeshService holder = byHost.get(host);
    if (holder == null) {
      byHost.put(host, service);
    } else if (beats(service, holder)) {
      byHost.put(host, service);
      reject(holder, reason(service, holder));
    } else if (service.namespace().equals(holder.namespace())
        && service.resolution() == holder.resolution()
        && !holder.isKubernetes()
        && merge(holder, service).isPresent()) {
      byHost.put(host, merge(holder, service).get());
    } else {
      reject(service, reason(holder, service));
    }
  }

  private boolean beats(MeshService service, MeshService holder) {
    boolean own = service.namespace().equals(namespace);
    boolean holdersOwn = holder.namespace().equals(namespace);
    if (own != holdersOwn) {
      return own;
    }
    return service.isKubernetes() && !holder.isKubernetes();
  }

  private String reason(MeshService winner, MeshService loser) {
    if (winner.namespace().equals(namespace) && !loser.namespace().equals(namespace)) {
      return winner.source() + " is of the proxy's namespace and counts first";
    }
    if (winner.isKubernetes() && !loser.isKubernetes()) {
      return "the Kubernetes " + winner.source() + " has the same name and counts first";
    }
    return winner.source() + " has the same name and is older";
  }

  /** Two entries of one name: the older one with the ports that only the other has. */
  private static Optional<MeshService> merge(MeshService older, MeshService newer) {
    List<MeshPort> ports = new ArrayList<>(older.ports());
    for (MeshPort port : newer.ports()) {
      if (ports.stream().noneMatch(each -> each.number() == port.number())) {
        ports.add(port);
      }
    }
    if (ports.size() == older.ports().size()) {
      return Optional.empty();
    }
    List<MeshEndpoint> endpoints = new ArrayList<>(older.endpoints());
    newer.endpoints().stream()
        .filter(each -> endpoints.stream().noneMatch(one -> one.address().equals(each.address())))
        .forEach(endpoints::add);
    return Optional.of(
        new MeshService(
            older.host(),
            older.namespace(),
            older.name(),
            older.source(),
            older.created(),
            older.exportTo(),
            older.resolution(),
            older.external(),
            older.headless(),
            older.addresses(),
            older.assigned(),
            ports,
            endpoints,
            older.subjectAltNames()));
  }

  private void reject(MeshService service, String because) {
    rejected
        .computeIfAbsent(service.host(), _ -> new ArrayList<>(1))
        .add(new Rejected(service, because));
  }

  private boolean isImported(MeshService service) {
    return isImported(service.namespace(), service.host());
  }

  private boolean isImported(String from, String host) {
    if (sidecar.isEmpty() || sidecar.get().spec().egress().isEmpty()) {
      return true;
    }
    for (Sidecar.Egress egress : sidecar.get().spec().egress()) {
      for (Sidecar.HostRule rule : egress.hosts()) {
        boolean there =
            rule.namespace().equals("*")
                || rule.namespace().equals(from)
                || (rule.namespace().equals(".") && from.equals(namespace));
        if (there && (rule.host().equals("*") || Hosts.covers(rule.host(), host))) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isVisible(VirtualService rule) {
    var exportTo = rule.spec().exportTo();
    String from = rule.metadata().namespace();
    return rule.spec().gateways().contains(VirtualService.MESH)
        && (exportTo.isEmpty() || exportTo.contains("*") || exportTo.contains(namespace))
        && rule.spec().hosts().stream()
            .anyMatch(host -> isImported(from, Hosts.resolve(host, from, MeshModel.DOMAIN)));
  }

  public MeshModel model() {
    return model;
  }

  public String namespace() {
    return namespace;
  }

  public Optional<Sidecar> sidecar() {
    return sidecar;
  }

  /** Returns the services that are seen, the oldest first. */
  public List<MeshService> services() {
    return List.copyOf(byHost.values());
  }

  /** Returns the service of a name. */
  public Optional<MeshService> service(String host) {
    return Optional.ofNullable(byHost.get(host));
  }

  /** Returns what was rejected under a name. */
  public List<Rejected> rejected(String host) {
    return rejected.getOrDefault(host, List.of());
  }

  /** Returns everything that was rejected. */
  public List<Rejected> rejected() {
    return rejected.values().stream().flatMap(List::stream).toList();
  }

  /** Returns the rules of routing that are seen, the oldest first. */
  public List<VirtualService> virtualServices() {
    return virtualServices;
  }

  /** Returns what becomes of traffic to hosts that are not seen. */
  public OutboundMode outbound() {
    return sidecar.flatMap(each -> each.spec().outbound()).orElse(model.config().outbound());
  }
}
