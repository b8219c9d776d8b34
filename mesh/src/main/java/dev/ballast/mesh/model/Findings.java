package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.DestinationRule;
import dev.ballast.mesh.resource.Protocol;
import dev.ballast.mesh.resource.ServiceEntry;
import dev.ballast.mesh.resource.Sidecar;
import dev.ballast.mesh.resource.TrafficPolicy;
import dev.ballast.mesh.resource.VirtualService;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the owners of objects should know, as far as the model alone shows it. Pure. */
public final class Findings {
  private Findings() {}

  /** Finds what holds for the whole mesh. */
  public static List<Finding> of(Snapshot snapshot, MeshModel model) {
    List<Finding> found = new ArrayList<>();
    for (ServiceEntry entry : snapshot.all(ServiceEntry.class)) {
      noEffect(found, entry.key(), entry.noEffect());
    }
    for (String host : model.allocation().exhausted()) {
      model.services(host).stream()
          .findFirst()
          .ifPresent(service ->
              found.add(
                  new Finding(
                      service.source(),
                      "Warning",
                      "AddressesExhausted",
                      "no address is left for host " + host)));
    }
    for (DestinationRule rule : snapshot.all(DestinationRule.class)) {
      noEffect(found, rule.key(), rule.noEffect());
      doubleTls(found, model, rule);
    }
    for (VirtualService rule : snapshot.all(VirtualService.class)) {
      noEffect(found, rule.key(), rule.noEffect());
      check(found, model, rule);
    }
    for (Sidecar sidecar : snapshot.all(Sidecar.class)) {
      noEffect(found, sidecar.key(), sidecar.noEffect());
    }
    return found;
  }

  /** Finds what holds for the proxies of a scope: services that others keep out. */
  public static List<Finding> of(Scope scope) {
    List<Finding> found = new ArrayList<>();
    for (Scope.Rejected each : scope.rejected()) {
      Optional<MeshService> winner = scope.service(each.service().host());
      if (winner.isPresent() && !winner.get().source().equals(each.service().source())) {
        found.add(
            new Finding(
                each.service().source(),
                "Conflicted",
                each.service().namespace().equals(winner.get().namespace())
                    ? "HostShadowed"
                    : "HostOwnedElsewhere",
                "host %s is not served by this object to proxies in namespace %s: %s"
                    .formatted(each.service().host(), scope.namespace(), each.because())));
      }
    }
    return found;
  }

  private static void noEffect(List<Finding> found, ObjectKey key, List<String> fields) {
    for (String field : fields.stream().distinct().toList()) {
      found.add(new Finding(key, "NoEffect", "FieldHasNoEffect", field + " has no effect yet"));
    }
  }

  private static void doubleTls(List<Finding> found, MeshModel model, DestinationRule rule) {
    String host = Hosts.resolve(rule.spec().host(), rule.metadata().namespace(), MeshModel.DOMAIN);
    if (rule.spec().policy().isEmpty()) {
      return;
    }
    for (MeshService service : model.services(host)) {
      for (MeshPort port : service.ports()) {
        boolean originates =
            rule.spec()
                .policy()
                .get()
                .ofPort(port.number())
                .tls()
                .map(tls ->
                    tls.mode() == TrafficPolicy.Mode.SIMPLE
                        || tls.mode() == TrafficPolicy.Mode.MUTUAL)
                .orElse(false);
        if (originates && port.protocol().isTls()) {
          found.add(
              new Finding(
                  rule.key(),
                  "Warning",
                  "DoubleTLS",
                  ("port %d of %s is %s: the client speaks TLS already, and the proxy puts TLS"
                          + " around it; make the port HTTP with targetPort %d, or take tls away")
                      .formatted(port.number(), host, port.protocol(), port.number())));
        }
      }
    }
  }

  private static void check(List<Finding> found, MeshModel model, VirtualService rule) {
    String namespace = rule.metadata().namespace();
    for (String written : rule.spec().hosts()) {
      String host = Hosts.resolve(written, namespace, MeshModel.DOMAIN);
      List<MeshService> services = model.services(host);
      boolean onlyTls =
          !services.isEmpty()
              && services.stream()
                  .flatMap(each -> each.ports().stream())
                  .allMatch(port -> port.protocol().kind() == Protocol.Kind.TCP);
      if (onlyTls && !rule.spec().http().isEmpty()) {
        found.add(
            new Finding(
                rule.key(),
                "NoEffect",
                "OpaqueTraffic",
                "http rules do nothing for %s: none of its ports is HTTP, the proxy cannot see requests"
                    .formatted(host)));
      }
    }
    List<VirtualService.Destination> destinations = new ArrayList<>();
    rule.spec()
        .http()
        .forEach(http -> http.route().forEach(each -> destinations.add(each.destination())));
    rule.spec()
        .tls()
        .forEach(tls -> tls.route().forEach(each -> destinations.add(each.destination())));
    rule.spec()
        .tcp()
        .forEach(tcp -> tcp.route().forEach(each -> destinations.add(each.destination())));
    for (VirtualService.Destination destination : destinations) {
      String host = Hosts.resolve(destination.host(), namespace, MeshModel.DOMAIN);
      List<MeshService> services = model.services(host);
      if (services.isEmpty()) {
        found.add(
            new Finding(
                rule.key(),
                "Warning",
                "DestinationNotFound",
                "no object declares destination %s: requests get 503".formatted(host)));
      } else if (services.stream().noneMatch(each -> each.isVisibleIn(namespace))) {
        found.add(
            new Finding(
                rule.key(),
                "Warning",
                "DestinationNotVisible",
                "destination %s is not exported to namespace %s: requests get 503"
                    .formatted(host, namespace)));
      } else if (!destination.subset().isEmpty()
          && model
              .rules(host, services.getFirst().namespace(), namespace, java.util.Map.of())
              .stream()
              .flatMap(each -> each.spec().subsets().stream())
              .noneMatch(each -> each.name().equals(destination.subset()))) {
        found.add(
            new Finding(
                rule.key(),
                "Warning",
                "SubsetNotFound",
                "no DestinationRule of %s has subset %s: requests get 503"
                    .formatted(host, destination.subset())));
      }
    }
  }
}
