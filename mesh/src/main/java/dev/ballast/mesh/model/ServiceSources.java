package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.Protocol;
import dev.ballast.mesh.resource.ServiceEntry;
import dev.ballast.mesh.resource.ServiceEntry.Resolution;
import dev.ballast.mesh.resource.WorkloadEntry;
import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Pod;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes services out of objects; those whose objects are the same as before are the same as before.
 */
@SuppressWarnings("ReferenceEquality") // objects of one home that are the same are identical
final class ServiceSources {
  private static final String TLS_MODE = "security.istio.io/tlsMode";

  /** What services were made of. */
  private record Built(List<Object> inputs, List<MeshService> services) {
    boolean isOf(List<Object> others) {
      if (inputs.size() != others.size()) {
        return false;
      }
      for (int i = 0; i < inputs.size(); i++) {
        Object one = inputs.get(i);
        Object other = others.get(i);
        if (one != other && (one instanceof KubernetesObject || !one.equals(other))) {
          return false;
        }
      }
      return true;
    }
  }

  private final Map<ObjectKey, Built> built = new HashMap<>();
  private final List<MeshService> services = new ArrayList<>();
  private final Map<String, List<MeshService>> byAddress = new HashMap<>();
  private final Map<String, Pod> podsByAddress = new HashMap<>();
  private final Map<String, List<Pod>> pods = new HashMap<>();
  private final Map<String, List<WorkloadEntry>> workloads = new HashMap<>();
  private final Map<ObjectKey, List<EndpointSlice>> slices = new HashMap<>();
  private final Map<ObjectKey, Built> before;

  ServiceSources(Snapshot snapshot, Allocation allocation, Optional<ServiceSources> before) {
    this.before = before.map(each -> each.built).orElse(Map.of());
    for (Pod pod : snapshot.all(Pod.class)) {
      if (!pod.hasEnded()) {
        pods.computeIfAbsent(pod.metadata().namespace(), _ -> new ArrayList<>()).add(pod);
        if (!pod.spec().hostNetwork()) {
          pod.status().ips().forEach(ip -> podsByAddress.put(ip, pod));
        }
      }
    }
    for (WorkloadEntry entry : snapshot.all(WorkloadEntry.class)) {
      workloads.computeIfAbsent(entry.metadata().namespace(), _ -> new ArrayList<>()).add(entry);
    }
    for (EndpointSlice slice : snapshot.all(EndpointSlice.class)) {
      slice
          .service()
          .ifPresent(name ->
              slices
                  .computeIfAbsent(
                      new ObjectKey("Service", slice.metadata().namespace(), name),
                      _ -> new ArrayList<>())
                  .add(slice));
    }
    snapshot.all(Service.class).forEach(this::add);
    snapshot.all(ServiceEntry.class).forEach(each -> add(each, allocation));
    services.sort(
        Comparator.comparing(MeshService::created)
            .thenComparing(MeshService::name)
            .thenComparing(MeshService::namespace)
            .thenComparing(MeshService::host));
    for (MeshService service : services) {
      for (MeshEndpoint endpoint : service.endpoints()) {
        List<MeshService> there =
            byAddress.computeIfAbsent(endpoint.address(), _ -> new ArrayList<>(1));
        if (there.isEmpty() || there.getLast() != service) {
          there.add(service);
        }
      }
    }
  }

  List<MeshService> services() {
    return services;
  }

  List<MeshService> at(String address) {
    return byAddress.getOrDefault(address, List.of());
  }

  private interface Maker {
    List<MeshService> make();
  }

  private void keep(ObjectKey key, List<Object> inputs, Maker maker) {
    @Nullable Built last = before.get(key);
    Built now = last != null && last.isOf(inputs) ? last : new Built(inputs, maker.make());
    built.put(key, now);
    services.addAll(now.services());
  }

  private void add(Service service) {
    if (service.spec().type().equals("ExternalName")) {
      return;
    }
    List<Object> inputs = new ArrayList<>();
    inputs.add(service);
    List<EndpointSlice> ofService = slices.getOrDefault(service.key(), List.of());
    inputs.addAll(ofService);
    for (EndpointSlice slice : ofService) {
      for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
        for (String address : endpoint.addresses()) {
          Pod pod = podsByAddress.get(address);
          if (pod != null) {
            inputs.add(pod);
          }
        }
      }
    }
    List<WorkloadEntry> selected =
        service.spec().selector().isEmpty()
            ? List.of()
            : selected(service.metadata().namespace(), service.spec().selector());
    inputs.addAll(selected);
    keep(service.key(), inputs, () -> List.of(of(service, ofService, selected)));
  }

  private MeshService of(
      Service service, List<EndpointSlice> ofService, List<WorkloadEntry> selected) {
    List<MeshPort> ports = new ArrayList<>();
    Map<String, Integer> targets = new HashMap<>();
    for (Service.Port port : service.spec().ports()) {
      Protocol protocol =
          !port.protocol().equals("TCP")
              ? Protocol.UDP
              : port.appProtocol().isEmpty()
                  ? Protocol.ofPortName(port.name())
                  : ofAppProtocol(port.appProtocol());
      int target = number(port.targetPort(), port.port());
      ports.add(new MeshPort(port.port(), port.name(), protocol, target));
      targets.put(port.name(), target);
    }
    List<MeshEndpoint> endpoints = new ArrayList<>();
    for (EndpointSlice slice : ofService) {
      Map<String, Integer> numbers = new HashMap<>();
      slice.ports().forEach(port -> numbers.put(port.name(), port.port()));
      for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
        if (!endpoint.canServe() || slice.addressType().equals("FQDN")) {
          continue;
        }
        for (String address : endpoint.addresses()) {
          endpoints.add(atPod(address, numbers, service.metadata().namespace()));
        }
      }
    }
    for (WorkloadEntry entry : selected) {
      if (entry.canServe() && entry.spec().isIp()) {
        endpoints.add(of(entry, targets));
      }
    }
    List<String> addresses =
        service.spec().clusterIPs().stream()
            .filter(ip -> !ip.equals("None") && !ip.isEmpty())
            .toList();
    String name = service.metadata().name();
    String namespace = service.metadata().namespace();
    return new MeshService(
        name + "." + namespace + ".svc." + MeshModel.DOMAIN,
        namespace,
        name,
        service.key(),
        service.metadata().created(),
        exportTo(service),
        addresses.isEmpty() ? Resolution.NONE : Resolution.STATIC,
        false,
        addresses.isEmpty(),
        addresses,
        List.of(),
        ports,
        endpoints,
        List.of());
  }

  private static Set<String> exportTo(Service service) {
    String written = service.metadata().annotations().get("networking.istio.io/exportTo");
    if (written == null) {
      return Set.of();
    }
    Set<String> to = new java.util.TreeSet<>();
    for (String each : written.split(",")) {
      String name = each.strip();
      to.add(name.equals(".") ? service.metadata().namespace() : name);
    }
    return to;
  }

  private static Protocol ofAppProtocol(String name) {
    return switch (name) {
      case "kubernetes.io/h2c" -> Protocol.HTTP2;
      case "kubernetes.io/ws", "kubernetes.io/wss" -> Protocol.HTTP;
      default -> Protocol.ofPortName(name);
    };
  }

  private static int number(String target, int otherwise) {
    try {
      return Integer.parseInt(target);
    } catch (NumberFormatException _) {
      return otherwise;
    }
  }

  private MeshEndpoint atPod(String address, Map<String, Integer> ports, String namespace) {
    Pod pod = podsByAddress.get(address);
    if (pod == null) {
      return new MeshEndpoint(
          address, ports, true, Map.of(), 1, "", "", namespace, "", false, true);
    }
    return new MeshEndpoint(
        address,
        ports,
        true,
        pod.metadata().labels(),
        1,
        "",
        pod.spec().serviceAccount(),
        pod.metadata().namespace(),
        pod.metadata().name(),
        "istio".equals(pod.metadata().labels().get(TLS_MODE)),
        true);
  }

  private List<WorkloadEntry> selected(String namespace, Map<String, String> wanted) {
    return workloads.getOrDefault(namespace, List.of()).stream()
        .filter(entry -> entry.spec().labels().entrySet().containsAll(wanted.entrySet()))
        .toList();
  }

  private void add(ServiceEntry entry, Allocation allocation) {
    if (entry.spec().exportTo().contains("~")) {
      return;
    }
    String namespace = entry.metadata().namespace();
    List<Object> inputs = new ArrayList<>();
    inputs.add(entry);
    List<WorkloadEntry> selected = List.of();
    List<Pod> selectedPods = List.of();
    if (entry.spec().selector().isPresent()) {
      Map<String, String> wanted = entry.spec().selector().get();
      selected = selected(namespace, wanted);
      selectedPods =
          pods.getOrDefault(namespace, List.of()).stream()
              .filter(pod ->
                  pod.status().ready()
                      && pod.metadata().labels().entrySet().containsAll(wanted.entrySet()))
              .toList();
      inputs.addAll(selected);
      inputs.addAll(selectedPods);
    }
    boolean auto = entry.isAutoAllocated();
    if (auto) {
      entry.spec().hosts().forEach(host -> inputs.add(allocation.of(host)));
    }
    List<WorkloadEntry> workloadEntries = selected;
    List<Pod> podsThere = selectedPods;
    keep(
        entry.key(),
        inputs,
        () -> {
          List<MeshPort> ports =
              entry.spec().ports().stream()
                  .map(port ->
                      new MeshPort(port.number(), port.name(), port.protocol(), port.targetPort()))
                  .toList();
          List<MeshService> made = new ArrayList<>();
          for (String host : entry.spec().hosts()) {
            made.add(
                new MeshService(
                    host,
                    namespace,
                    host,
                    entry.key(),
                    entry.metadata().created(),
                    entry.spec().exportTo(),
                    entry.spec().resolution(),
                    entry.spec().external(),
                    false,
                    entry.spec().addresses(),
                    auto ? allocation.of(host) : List.of(),
                    ports,
                    endpoints(entry, host, workloadEntries, podsThere),
                    entry.spec().subjectAltNames()));
          }
          return made;
        });
  }

  private static List<MeshEndpoint> endpoints(
      ServiceEntry entry, String host, List<WorkloadEntry> selected, List<Pod> selectedPods) {
    ServiceEntry.Spec spec = entry.spec();
    String namespace = entry.metadata().namespace();
    boolean dns =
        spec.resolution() == Resolution.DNS || spec.resolution() == Resolution.DNS_ROUND_ROBIN;
    List<MeshEndpoint> endpoints = new ArrayList<>();
    if (spec.selector().isPresent()) {
      for (WorkloadEntry workload : selected) {
        if (workload.canServe() && (dns || workload.spec().isIp() || workload.spec().isUnix())) {
          endpoints.add(of(workload, Map.of()));
        }
      }
      for (Pod pod : selectedPods) {
        for (String ip : pod.status().ips()) {
          endpoints.add(
              new MeshEndpoint(
                  ip,
                  Map.of(),
                  false,
                  pod.metadata().labels(),
                  1,
                  "",
                  pod.spec().serviceAccount(),
                  namespace,
                  pod.metadata().name(),
                  "istio".equals(pod.metadata().labels().get(TLS_MODE)),
                  false));
        }
      }
      return endpoints;
    }
    String name = entry.metadata().name();
    if (spec.endpoints().isEmpty() && dns) {
      return List.of(
          new MeshEndpoint(
              host, Map.of(), false, Map.of(), 1, "", "", namespace, name, false, false));
    }
    for (int i = 0; i < spec.endpoints().size(); i++) {
      endpoints.add(of(spec.endpoints().get(i), Map.of(), namespace, name + "-" + i));
    }
    return endpoints;
  }

  private static MeshEndpoint of(WorkloadEntry entry, Map<String, Integer> targets) {
    return of(entry.spec(), targets, entry.metadata().namespace(), entry.metadata().name());
  }

  private static MeshEndpoint of(
      WorkloadEntry.Spec spec, Map<String, Integer> targets, String namespace, String workload) {
    Map<String, Integer> ports = new LinkedHashMap<>(targets);
    ports.putAll(spec.ports());
    String mode =
        spec.labels()
            .getOrDefault(TLS_MODE, spec.serviceAccount().isEmpty() ? "disabled" : "istio");
    String label =
        spec.labels()
            .getOrDefault("topology.istio.io/locality", spec.labels().get("istio-locality"));
    String locality =
        !spec.locality().isEmpty() ? spec.locality() : label == null ? "" : label.replace('.', '/');
    return new MeshEndpoint(
        spec.address(),
        ports,
        false,
        spec.labels(),
        spec.weight(),
        locality,
        spec.serviceAccount(),
        namespace,
        workload,
        mode.equals("istio"),
        false);
  }
}
