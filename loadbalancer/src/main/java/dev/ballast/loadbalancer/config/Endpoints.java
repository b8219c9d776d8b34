package dev.ballast.loadbalancer.config;

import dev.ballast.loadbalancer.allocation.ServiceName;
import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The endpoints of each service, out of all its slices. */
public final class Endpoints {
  private Endpoints() {}

  /** Slices that name no service are of none; one without a namespace is in {@code default}. */
  public static Map<ServiceName, List<EndpointSlice.Endpoint>> of(Snapshot snapshot) {
    Map<ServiceName, List<EndpointSlice.Endpoint>> endpoints = new HashMap<>();
    for (EndpointSlice slice : snapshot.all(EndpointSlice.class)) {
      String namespace = slice.metadata().namespace();
      slice
          .service()
          .ifPresent(service ->
              endpoints
                  .computeIfAbsent(
                      new ServiceName(namespace.isEmpty() ? "default" : namespace, service),
                      _ -> new ArrayList<>())
                  .addAll(slice.endpoints()));
    }
    return endpoints;
  }
}
