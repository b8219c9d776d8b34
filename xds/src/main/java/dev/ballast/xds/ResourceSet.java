package dev.ballast.xds;

import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All resources that one proxy should have. Immutable; sets share the resources that are equal. */
public final class ResourceSet {
  /** Nothing at all. */
  public static final ResourceSet EMPTY = new ResourceSet(new EnumMap<>(ResourceType.class));

  private final Map<ResourceType, Map<String, EncodedResource>> byType;

  private ResourceSet(Map<ResourceType, Map<String, EncodedResource>> byType) {
    this.byType = byType;
  }

  /** Takes resources; of two of one type and name the first counts. */
  public static ResourceSet of(Collection<EncodedResource> resources) {
    Map<ResourceType, Map<String, EncodedResource>> byType = new EnumMap<>(ResourceType.class);
    for (EncodedResource resource : resources) {
      byType
          .computeIfAbsent(resource.type(), _ -> new LinkedHashMap<>())
          .putIfAbsent(resource.name(), resource);
    }
    return new ResourceSet(byType);
  }

  /** Takes whole maps by type and name, which must not change any more. */
  public static ResourceSet of(Map<ResourceType, Map<String, EncodedResource>> byType) {
    return new ResourceSet(new EnumMap<>(byType));
  }

  /** Returns the resources of a type by their names. */
  public Map<String, EncodedResource> all(ResourceType type) {
    return Collections.unmodifiableMap(byType.getOrDefault(type, Map.of()));
  }

  /**
   * Returns what answers a request for one name. Endpoints and routes are answered even when there
   * are none of that name: Envoy waits for them otherwise.
   */
  public Optional<EncodedResource> find(ResourceType type, String name) {
    @Nullable EncodedResource found = byType.getOrDefault(type, Map.of()).get(name);
    if (found != null) {
      return Optional.of(found);
    }
    return switch (type) {
      case ENDPOINT ->
          Optional.of(
              EncodedResource.of(
                  type, name, ClusterLoadAssignment.newBuilder().setClusterName(name).build()));
      case ROUTE ->
          Optional.of(
              EncodedResource.of(
                  type, name, RouteConfiguration.newBuilder().setName(name).build()));
      case CLUSTER, LISTENER, SECRET, NAME_TABLE -> Optional.empty();
    };
  }

  /** Returns all resources, type by type. */
  public List<EncodedResource> resources() {
    List<EncodedResource> all = new ArrayList<>();
    byType.values().forEach(ofType -> all.addAll(ofType.values()));
    return all;
  }
}
