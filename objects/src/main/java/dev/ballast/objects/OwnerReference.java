package dev.ballast.objects;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An object that another one belongs to: it is deleted after its owners are.
 *
 * @param controller whether the owner keeps the object as it should be; one of them at most does
 */
public record OwnerReference(
    String apiVersion, String kind, String name, String uid, boolean controller) {

  /** Returns a reference to an object that is stored. */
  public static OwnerReference to(Manifest owner) {
    return new OwnerReference(
        owner.kind().apiVersion(), owner.kind().name(), owner.key().name(), owner.uid(), true);
  }

  /** Returns a reference to an object that was read. */
  public static OwnerReference to(Kind<?> kind, Metadata owner) {
    return new OwnerReference(kind.apiVersion(), kind.name(), owner.name(), owner.uid(), true);
  }

  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("apiVersion", apiVersion);
    fields.put("kind", kind);
    fields.put("name", name);
    fields.put("uid", uid);
    if (controller) {
      fields.put("controller", true);
    }
    return fields;
  }

  static List<OwnerReference> read(Map<String, ?> content) {
    List<OwnerReference> owners = new ArrayList<>();
    if (content.get("metadata") instanceof Map<?, ?> metadata
        && metadata.get("ownerReferences") instanceof List<?> references) {
      for (Object each : references) {
        if (each instanceof Map<?, ?> reference) {
          owners.add(
              new OwnerReference(
                  text(reference, "apiVersion"),
                  text(reference, "kind"),
                  text(reference, "name"),
                  text(reference, "uid"),
                  Boolean.TRUE.equals(reference.get("controller"))));
        }
      }
    }
    return owners;
  }

  private static String text(Map<?, ?> fields, String name) {
    return fields.get(name) instanceof String text ? text : "";
  }
}
