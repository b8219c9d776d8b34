package dev.ballast.objects;

import java.util.Map;

/**
 * An object and where it was read.
 *
 * @param places where the values of its spec are, by path ({@code spec.addresses[0]})
 */
public record Stored(KubernetesObject object, Origin origin, Map<String, Origin> places) {
  public Stored {
    places = Map.copyOf(places);
  }

  /** The same place with another object. */
  public Stored with(KubernetesObject other) {
    return new Stored(other, origin, places);
  }

  /** Where a field is, or else the nearest thing around it that has a place. */
  public Origin origin(String path) {
    String at = path;
    while (!at.isEmpty()) {
      Origin found = places.get(at);
      if (found != null) {
        return found;
      }
      at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
    }
    return origin;
  }
}
