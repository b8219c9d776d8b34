package dev.ballast.objects.api;

import dev.ballast.objects.Kind;
import dev.ballast.objects.Manifest;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Patches;
import dev.ballast.objects.WriteResult;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the fields and conditions of a status that are ours, and leaves the others alone. */
final class StatusPatches {
  /** Others write too; each conflict means that one of them got through. */
  private static final int MOST_CONFLICTS = 5;

  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private final ObjectWrites objects;
  private final InstantSource clock;

  StatusPatches(ObjectWrites objects, InstantSource clock) {
    this.objects = objects;
    this.clock = clock;
  }

  /**
   * Writes; an object that is a report of ours is created first.
   *
   * @param known the object as it was seen last, which saves reading it
   */
  WriteResult write(
      Kind<?> kind, ObjectKey key, Map<String, Object> status, Optional<Manifest> known) {
    Optional<Manifest> seen = known;
    for (int conflicts = 0; ; conflicts++) {
      try {
        return writeOnce(kind, key, status, seen);
      } catch (KubernetesClientException e) {
        if (Answers.code(e) != Answers.CONFLICT || conflicts >= MOST_CONFLICTS) {
          return Answers.result("write the status of", key, e);
        }
        seen = Optional.empty();
      }
    }
  }

  private WriteResult writeOnce(
      Kind<?> kind, ObjectKey key, Map<String, Object> wanted, Optional<Manifest> known) {
    Optional<Map<String, @Nullable Object>> patch = known.flatMap(seen -> patch(seen, wanted));
    Manifest live;
    if (known.isPresent() && patch.isPresent()) {
      live = known.get();
    } else {
      // What was seen may be old: that nothing is to be written is only believed of the live one.
      Optional<Manifest> read = objects.get(kind, key);
      if (read.isEmpty()) {
        if (kind.use() != Kind.Use.REPORT) {
          return new WriteResult.Gone(key + " is not there");
        }
        WriteResult created = objects.create(Manifest.of(key, kind));
        if (!created.isWritten()) {
          return created;
        }
        read = Optional.of(created.orThrow());
      }
      live = read.get();
      patch = patch(live, wanted);
    }
    if (patch.isEmpty()) {
      return new WriteResult.Written(Optional.of(live));
    }
    Map<String, Object> body =
        Map.of(
            "metadata", Map.of("resourceVersion", live.resourceVersion()), "status", patch.get());
    return new WriteResult.Written(
        Optional.ofNullable(
                objects
                    .at(kind, key)
                    .subresource("status")
                    .patch(MERGE, Serialization.asJson(body)))
            .map(resource -> Resources.manifest(kind, resource)));
  }

  /** Returns what has to be patched; empty when nothing has. */
  private Optional<Map<String, @Nullable Object>> patch(
      Manifest stored, Map<String, Object> wanted) {
    Map<String, @Nullable Object> now = stored.fields("status");
    Map<String, @Nullable Object> patch = Patches.status(now, wanted, clock.instant());
    return Patches.contains(now, patch) && stored.at("status").isPresent()
        ? Optional.empty()
        : Optional.of(patch);
  }
}
