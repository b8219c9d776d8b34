package dev.ballast.loadbalancer.config;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Claim;
import dev.ballast.loadbalancer.allocation.FamilyPolicy;
import dev.ballast.loadbalancer.allocation.Port;
import dev.ballast.loadbalancer.allocation.ServiceName;
import dev.ballast.objects.Service;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a Service object says about addresses. */
public final class ServiceReader {
  /** The prefix of annotations; the older one is still read. */
  static final String PREFIX = "metallb.io/";

  static final String OLD_PREFIX = "metallb.universe.tf/";
  private static final String DEFAULT_NAMESPACE = "default";

  private ServiceReader() {}

  /** The service's name; without a namespace it is in {@code default}. */
  public static ServiceName name(Service service) {
    String namespace = service.metadata().namespace();
    return new ServiceName(
        namespace.isEmpty() ? DEFAULT_NAMESPACE : namespace, service.metadata().name());
  }

  /** Its claim. */
  public static Claim claim(Service service) {
    Service.Spec spec = service.spec();
    return new Claim(
        name(service),
        spec.type().equals("LoadBalancer"),
        spec.loadBalancerClass().orElse(""),
        service.metadata().labels(),
        families(spec),
        clusterIps(spec),
        policy(spec.ipFamilyPolicy()),
        request(service),
        annotation(service, "address-pool"),
        sharingKey(service),
        spec.ports().stream()
            .map(port -> new Port(port.protocol(), port.port()))
            .collect(Collectors.toSet()),
        backendKey(spec),
        held(service));
  }

  /** The value of an annotation, by its new name before its old one; empty if there is none. */
  public static String annotation(Service service, String name) {
    Map<String, String> all = service.metadata().annotations();
    return all.getOrDefault(PREFIX + name, all.getOrDefault(OLD_PREFIX + name, ""));
  }

  /** Annotations of the service that have an old name. */
  public static List<String> deprecated(Service service) {
    return service.metadata().annotations().keySet().stream()
        .filter(key -> key.startsWith(OLD_PREFIX))
        .sorted()
        .toList();
  }

  /** What services that share an address agree in. */
  public static String sharingKey(Service service) {
    return annotation(service, "allow-shared-ip");
  }

  /**
   * The families of the cluster IPs. A directory of manifests has nobody who gives cluster IPs:
   * there the {@code ipFamilies} count, and IPv4 if there are none either.
   */
  private static List<Family> families(Service.Spec spec) {
    Set<Family> families = new LinkedHashSet<>();
    for (String text : spec.clusterIPs()) {
      Address.parse(text).ifPresent(address -> families.add(address.family()));
    }
    if (families.isEmpty()) {
      for (String text : spec.ipFamilies()) {
        families.add(text.equals("IPv6") ? Family.IPV6 : Family.IPV4);
      }
    }
    return families.isEmpty() ? List.of(Family.IPV4) : List.copyOf(families);
  }

  private static List<String> clusterIps(Service.Spec spec) {
    return spec.clusterIPs();
  }

  private static FamilyPolicy policy(String text) {
    return switch (text) {
      case "PreferDualStack" -> FamilyPolicy.PREFER_DUAL_STACK;
      case "RequireDualStack" -> FamilyPolicy.REQUIRE_DUAL_STACK;
      default -> FamilyPolicy.SINGLE_STACK;
    };
  }

  private static Claim.Request request(Service service) {
    String annotated = annotation(service, "loadBalancerIPs");
    String inSpec = service.spec().loadBalancerIP();
    if (annotated.isEmpty() && inSpec.isEmpty()) {
      return new Claim.Request.Any();
    }
    if (!annotated.isEmpty() && !inSpec.isEmpty()) {
      return new Claim.Request.Invalid(
          "service can not have both metallb.io/loadBalancerIPs and svc.Spec.LoadBalancerIP");
    }
    if (!inSpec.isEmpty()) {
      return Address.parse(inSpec)
          .<Claim.Request>map(address -> new Claim.Request.These(List.of(address)))
          .orElse(new Claim.Request.Invalid("invalid spec.loadBalancerIP \"" + inSpec + '"'));
    }
    List<Address> addresses = new ArrayList<>();
    for (String text : annotated.split(",", -1)) {
      var address = Address.parse(text.strip());
      if (address.isEmpty()) {
        return new Claim.Request.Invalid(
            "invalid metallb.io/loadBalancerIPs: \"" + annotated + '"');
      }
      addresses.add(address.get());
    }
    Set<Family> families = EnumSet.noneOf(Family.class);
    addresses.forEach(address -> families.add(address.family()));
    return families.size() == addresses.size()
        ? new Claim.Request.These(addresses)
        : new Claim.Request.Invalid(
            "invalid metallb.io/loadBalancerIPs: \"%s\": more than one address of a family"
                .formatted(annotated));
  }

  private static String backendKey(Service.Spec spec) {
    return spec.externalTrafficPolicy().equals("Local")
        ? spec.selector().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(Object::toString)
            .collect(Collectors.joining(","))
        : "";
  }

  /** The addresses in its status; nothing if one of them is no address. */
  private static List<Address> held(Service service) {
    List<Address> held = new ArrayList<>();
    for (String text : service.status().ingress()) {
      var address = Address.parse(text);
      if (address.isEmpty()) {
        return List.of();
      }
      held.add(address.get());
    }
    return held;
  }
}
