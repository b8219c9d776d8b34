package dev.ballast.objects.api;

import dev.ballast.objects.Kind;
import dev.ballast.objects.ObjectKey;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the fields and conditions of a status that are ours, and leaves the others alone. */
final class StatusPatches {
  /** Others write too; each conflict means that one of them got through. */
  private static final int MOST_CONFLICTS = 5;

  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private final KubernetesClient client;
  private final InstantSource clock;

  StatusPatches(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  private Resource<GenericKubernetesResource> at(Kind<?> kind, ObjectKey key) {
    var all = client.genericKubernetesResources(WatchedKind.context(kind));
    return kind.scope() == Kind.Scope.NAMESPACED
        ? all.inNamespace(key.namespace().isEmpty() ? "default" : key.namespace())
            .withName(key.name())
        : all.withName(key.name());
  }

  Optional<Map<String, Object>> read(Kind<?> kind, ObjectKey key) {
    return Optional.ofNullable(at(kind, key).get()).map(StatusPatches::status);
  }

  /** Writes; an object that is a report of ours is created first. */
  boolean write(Kind<?> kind, ObjectKey key, Map<String, Object> status) {
    for (int conflicts = 0; ; conflicts++) {
      try {
        return writeOnce(kind, key, status);
      } catch (KubernetesClientException e) {
        if (e.getCode() != Answers.CONFLICT || conflicts >= MOST_CONFLICTS) {
          throw e;
        }
      }
    }
  }

  private boolean writeOnce(Kind<?> kind, ObjectKey key, Map<String, Object> wanted) {
    Resource<GenericKubernetesResource> resource = at(kind, key);
    GenericKubernetesResource live = resource.get();
    if (live == null) {
      if (kind.use() != Kind.Use.REPORT) {
        // It was deleted meanwhile: there is nothing left to say.
        return false;
      }
      live = create(kind, key);
    }
    Map<String, Object> now = status(live);
    Map<String, Object> status = new LinkedHashMap<>(wanted);
    if (wanted.get("conditions") instanceof List<?> conditions) {
      status.put("conditions", merged(conditions, now.get("conditions")));
    }
    if (contains(now, status)) {
      return false;
    }
    Map<String, Object> patch =
        Map.of(
            "metadata",
            Map.of("resourceVersion", live.getMetadata().getResourceVersion()),
            "status",
            status);
    resource.subresource("status").patch(MERGE, Serialization.asJson(patch));
    return true;
  }

  private GenericKubernetesResource create(Kind<?> kind, ObjectKey key) {
    GenericKubernetesResource report = new GenericKubernetesResource();
    report.setApiVersion(kind.apiVersion());
    report.setKind(kind.name());
    ObjectMeta metadata = new ObjectMeta();
    metadata.setName(key.name());
    metadata.setNamespace(key.namespace());
    report.setMetadata(metadata);
    return client.resource(report).create();
  }

  boolean delete(Kind<?> kind, ObjectKey key) {
    return !at(kind, key).delete().isEmpty();
  }

  @SuppressWarnings("unchecked") // the status of an object has text keys
  private static Map<String, Object> status(GenericKubernetesResource resource) {
    Object status = resource.getAdditionalProperties().get("status");
    return status instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  /** Returns whether a patch with these fields would change nothing. */
  private static boolean contains(Map<String, Object> now, Map<String, Object> wanted) {
    return wanted.entrySet().stream()
        .allMatch(field -> same(field.getValue(), now.get(field.getKey())));
  }

  private static boolean same(Object wanted, @Nullable Object now) {
    return Serialization.asJson(wanted).equals(Serialization.asJson(now));
  }

  /** Ours in the place of ours, those of others as they are. */
  private List<Map<String, Object>> merged(List<?> ours, @Nullable Object live) {
    Map<Object, Map<String, Object>> byType = new LinkedHashMap<>();
    if (live instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> condition) {
          byType.put(condition.get("type"), copy(condition));
        }
      }
    }
    for (Object each : ours) {
      if (each instanceof Map<?, ?> condition) {
        Map<String, Object> next = copy(condition);
        Map<String, Object> before = byType.getOrDefault(condition.get("type"), Map.of());
        boolean kept =
            before.containsKey("lastTransitionTime")
                && String.valueOf(before.get("status")).equals(String.valueOf(next.get("status")));
        next.put(
            "lastTransitionTime",
            kept
                ? before.get("lastTransitionTime")
                : clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        byType.put(condition.get("type"), next);
      }
    }
    return new ArrayList<>(byType.values());
  }

  private static Map<String, Object> copy(Map<?, ?> map) {
    Map<String, Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }
}
