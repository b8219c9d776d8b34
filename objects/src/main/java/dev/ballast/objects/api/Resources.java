package dev.ballast.objects.api;

import dev.ballast.objects.Kind;
import dev.ballast.objects.Manifest;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the client library's objects into manifests and back. */
final class Resources {
  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  private Resources() {}

  static GenericKubernetesResource resource(Manifest manifest) {
    return SERIALIZATION.convertValue(manifest.content(), GenericKubernetesResource.class);
  }

  /** Field by field: an informer does this for every object, and a detour through text is slow. */
  static Manifest manifest(Kind<?> kind, GenericKubernetesResource resource) {
    Map<String, @Nullable Object> content = new LinkedHashMap<>();
    content.put("metadata", metadata(resource.getMetadata()));
    resource
        .getAdditionalProperties()
        .forEach((field, value) -> {
          if (!field.equals("metadata")) {
            content.put(field, value);
          }
        });
    return Manifest.of(kind, content);
  }

  private static Map<String, @Nullable Object> metadata(ObjectMeta meta) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    put(fields, "namespace", meta.getNamespace());
    put(fields, "name", meta.getName());
    put(fields, "labels", meta.getLabels());
    put(fields, "annotations", meta.getAnnotations());
    put(fields, "uid", meta.getUid());
    put(fields, "resourceVersion", meta.getResourceVersion());
    put(fields, "generation", meta.getGeneration());
    put(fields, "creationTimestamp", meta.getCreationTimestamp());
    put(fields, "deletionTimestamp", meta.getDeletionTimestamp());
    put(fields, "finalizers", meta.getFinalizers());
    if (meta.getOwnerReferences() != null && !meta.getOwnerReferences().isEmpty()) {
      fields.put(
          "ownerReferences",
          meta.getOwnerReferences().stream()
              .map(reference -> SERIALIZATION.convertValue(reference, Map.class))
              .toList());
    }
    return fields;
  }

  private static void put(
      Map<String, @Nullable Object> fields, String name, @Nullable Object value) {
    boolean empty =
        value == null
            || value instanceof Map<?, ?> map && map.isEmpty()
            || value instanceof List<?> list && list.isEmpty();
    if (!empty) {
      fields.put(name, value);
    }
  }
}
