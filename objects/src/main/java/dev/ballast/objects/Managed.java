package dev.ballast.objects;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An object that programs wrote to a store that has no API server behind it, and the rules by which
 * they write it. Pure.
 *
 * @param content all fields but the status
 * @param owners what each owner applied last, by its name
 */
record Managed(
    Map<String, @Nullable Object> content, Map<String, Map<String, @Nullable Object>> owners) {

  /**
   * What a write leads to.
   *
   * @param next the object afterwards; empty when there is none
   */
  record Outcome(WriteResult result, Optional<Managed> next) {}

  /** When a write happens, and where new identities come from. */
  record Moment(Instant now, Supplier<String> uid) {}

  /** The fields of the metadata that the store alone sets. */
  private static final List<String> OF_THE_STORE =
      List.of("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp");

  static Outcome create(Optional<Managed> now, Manifest object, Moment moment) {
    if (now.isPresent()) {
      return new Outcome(new WriteResult.Conflict(object.key() + " exists already"), now);
    }
    Optional<String> wrong = wrong(object);
    if (wrong.isPresent()) {
      return new Outcome(new WriteResult.Refused(wrong.get()), now);
    }
    Managed made = stamped(clean(object), Map.of(), moment);
    return new Outcome(WriteResult.Written.as(made.manifest(object.kind())), Optional.of(made));
  }

  private static Managed stamped(
      Map<String, @Nullable Object> fields,
      Map<String, Map<String, @Nullable Object>> owners,
      Moment moment) {
    Map<String, @Nullable Object> stamps = new LinkedHashMap<>();
    stamps.put("uid", moment.uid().get());
    stamps.put("resourceVersion", "1");
    stamps.put("generation", 1);
    stamps.put("creationTimestamp", moment.now().truncatedTo(ChronoUnit.SECONDS).toString());
    return new Managed(Patches.merge(fields, Map.of("metadata", stamps)), owners);
  }

  /** The fields that are the writer's to set. */
  private static Map<String, @Nullable Object> clean(Manifest object) {
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>(object.fields("metadata"));
    metadata.keySet().removeAll(OF_THE_STORE);
    metadata.remove("managedFields");
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(object.content());
    fields.put("metadata", metadata);
    fields.remove("status");
    return fields;
  }

  private static Optional<String> wrong(Manifest object) {
    return Decoder.decode(object.kind(), object.key().toString(), object.content())
        .problems()
        .stream()
        .filter(problem -> problem.severity() == Problem.Severity.ERROR)
        .findFirst()
        .map(Problem::toString);
  }

  static Outcome update(Optional<Managed> now, Manifest object) {
    if (now.isEmpty()) {
      return gone(object.key());
    }
    Managed before = now.get();
    Manifest stored = before.manifest(object.kind());
    if (!object.resourceVersion().isEmpty()
        && !object.resourceVersion().equals(stored.resourceVersion())) {
      return changed(object.key(), now);
    }
    if (!object.uid().isEmpty() && !object.uid().equals(stored.uid())) {
      return changed(object.key(), now);
    }
    Optional<String> wrong = wrong(object);
    if (wrong.isPresent()) {
      return new Outcome(new WriteResult.Refused(wrong.get()), now);
    }
    Map<String, @Nullable Object> fields = before.withStamps(clean(object));
    Map<String, Map<String, @Nullable Object>> owners = new LinkedHashMap<>();
    before.owners.forEach((owner, applied) -> owners.put(owner, common(applied, fields)));
    return before.become(object.kind(), fields, owners);
  }

  private Map<String, @Nullable Object> withStamps(Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> stamps = new LinkedHashMap<>();
    for (String field : OF_THE_STORE) {
      Object value = metadata().get(field);
      if (value != null) {
        stamps.put(field, value);
      }
    }
    return Patches.merge(fields, Map.of("metadata", stamps));
  }

  /** This object with other fields: a new version, unless they are the same. */
  private Outcome become(
      Kind<?> kind,
      Map<String, @Nullable Object> fields,
      Map<String, Map<String, @Nullable Object>> nextOwners) {
    if (Objects.equals(Patches.normal(fields), Patches.normal(content))) {
      Managed same = new Managed(content, nextOwners);
      return new Outcome(WriteResult.Written.as(manifest(kind)), Optional.of(same));
    }
    Map<String, @Nullable Object> stamps = new LinkedHashMap<>();
    stamps.put("resourceVersion", Long.toString(version() + 1));
    if (!Objects.equals(Patches.normal(desired(fields)), Patches.normal(desired(content)))) {
      stamps.put("generation", generation() + 1);
    }
    Managed next = new Managed(Patches.merge(fields, Map.of("metadata", stamps)), nextOwners);
    Manifest written = next.manifest(kind);
    if (next.isDeleting() && next.finalizers().isEmpty()) {
      return new Outcome(WriteResult.Written.as(written), Optional.empty());
    }
    return new Outcome(WriteResult.Written.as(written), Optional.of(next));
  }

  private static Map<String, @Nullable Object> desired(Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> desired = new LinkedHashMap<>(fields);
    desired.remove("metadata");
    return desired;
  }

  static Outcome apply(
      Optional<Managed> now, String owner, Manifest wanted, boolean force, Moment moment) {
    Map<String, @Nullable Object> fields = clean(wanted);
    if (now.isEmpty()) {
      Optional<String> wrong = wrong(wanted);
      if (wrong.isPresent()) {
        return new Outcome(new WriteResult.Refused(wrong.get()), now);
      }
      Managed made = stamped(fields, Map.of(owner, fields), moment);
      return new Outcome(WriteResult.Written.as(made.manifest(wanted.kind())), Optional.of(made));
    }
    Managed before = now.get();
    List<String> taken = new ArrayList<>();
    Map<String, @Nullable Object> own = before.owners.getOrDefault(owner, Map.of());
    differing(fields, before.content, own, "", taken);
    if (!taken.isEmpty() && !force) {
      return new Outcome(
          new WriteResult.Conflict(
              wanted.key() + " has other values, which " + owner + " does not own, in " + taken),
          now);
    }
    Map<String, @Nullable Object> next = without(before.content, own, fields, before.others(owner));
    next = Patches.merge(next, fields);
    Manifest result = Manifest.of(wanted.kind(), next);
    Optional<String> wrong = wrong(result);
    if (wrong.isPresent()) {
      return new Outcome(new WriteResult.Refused(wrong.get()), now);
    }
    Map<String, Map<String, @Nullable Object>> owners = new LinkedHashMap<>();
    Map<String, @Nullable Object> after = next;
    before.owners.forEach((other, applied) -> owners.put(other, common(applied, after)));
    owners.put(owner, fields);
    return before.become(wanted.kind(), next, owners);
  }

  /** Returns the paths at which a stored object has other values than a manifest. */
  static List<String> differing(Manifest wanted, Map<String, ?> stored) {
    List<String> found = new ArrayList<>();
    differing(clean(wanted), stored, Map.of(), "", found);
    return found;
  }

  private List<Map<String, @Nullable Object>> others(String owner) {
    return owners.entrySet().stream()
        .filter(entry -> !entry.getKey().equals(owner))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Collects the paths at which a stored value that the owner did not apply is another one. */
  private static void differing(
      Map<String, ?> wanted,
      Map<String, ?> stored,
      Map<String, ?> own,
      String path,
      List<String> found) {
    wanted.forEach((field, value) -> {
      Object there = stored.get(field);
      if (there == null) {
        return;
      }
      Object mine = own.get(field);
      String at = path.isEmpty() ? field : path + "." + field;
      if (value instanceof Map<?, ?> inner && there instanceof Map<?, ?> map) {
        differing(
            Patches.text(inner),
            Patches.text(map),
            mine instanceof Map<?, ?> applied ? Patches.text(applied) : Map.of(),
            at,
            found);
      } else if (!same(value, there) && !same(mine, there)) {
        found.add(at);
      }
    });
  }

  /** The content without what the owner applied before, does not want now, and no other applied. */
  private static Map<String, @Nullable Object> without(
      Map<String, ?> stored,
      Map<String, ?> own,
      Map<String, ?> wanted,
      List<Map<String, @Nullable Object>> others) {
    Map<String, @Nullable Object> kept = new LinkedHashMap<>(stored);
    own.forEach((field, applied) -> {
      Object there = stored.get(field);
      Object want = wanted.get(field);
      if (applied instanceof Map<?, ?> inner && there instanceof Map<?, ?> map) {
        List<Map<String, @Nullable Object>> inside = new ArrayList<>();
        for (Map<String, @Nullable Object> other : others) {
          if (other.get(field) instanceof Map<?, ?> theirs) {
            inside.add(Patches.text(theirs));
          }
        }
        Map<String, @Nullable Object> rest =
            without(
                Patches.text(map),
                Patches.text(inner),
                want instanceof Map<?, ?> still ? Patches.text(still) : Map.of(),
                inside);
        if (rest.isEmpty() && want == null && inside.isEmpty()) {
          kept.remove(field);
        } else {
          kept.put(field, rest);
        }
      } else if (want == null && others.stream().allMatch(other -> other.get(field) == null)) {
        kept.remove(field);
      }
    });
    return kept;
  }

  /** What was applied, as far as the content still has it. */
  private static Map<String, @Nullable Object> common(
      Map<String, ?> applied, Map<String, ?> content) {
    Map<String, @Nullable Object> common = new LinkedHashMap<>();
    applied.forEach((field, value) -> {
      Object there = content.get(field);
      if (value instanceof Map<?, ?> inner && there instanceof Map<?, ?> map) {
        common.put(field, common(Patches.text(inner), Patches.text(map)));
      } else if (same(value, there)) {
        common.put(field, value);
      }
    });
    return common;
  }

  private static boolean same(@Nullable Object one, @Nullable Object other) {
    return Objects.equals(Patches.normal(one), Patches.normal(other));
  }

  static Outcome delete(
      Optional<Managed> now, ObjectKey key, Kind<?> kind, Optional<Manifest> seen, Instant at) {
    if (now.isEmpty()) {
      return gone(key);
    }
    Managed before = now.get();
    Manifest stored = before.manifest(kind);
    if (seen.isPresent()
        && !(seen.get().uid().equals(stored.uid())
            && (seen.get().resourceVersion().isEmpty()
                || seen.get().resourceVersion().equals(stored.resourceVersion())))) {
      return changed(key, now);
    }
    if (before.finalizers().isEmpty()) {
      return new Outcome(WriteResult.Written.as(stored), Optional.empty());
    }
    if (before.isDeleting()) {
      return new Outcome(WriteResult.Written.as(stored), now);
    }
    Map<String, @Nullable Object> fields =
        Patches.merge(
            before.content,
            Map.of(
                "metadata",
                Map.of("deletionTimestamp", at.truncatedTo(ChronoUnit.SECONDS).toString())));
    return before.become(kind, fields, before.owners);
  }

  private static Outcome gone(ObjectKey key) {
    return new Outcome(new WriteResult.Gone(key + " is not there"), Optional.empty());
  }

  private static Outcome changed(ObjectKey key, Optional<Managed> now) {
    return new Outcome(
        new WriteResult.Conflict(key + " was changed meanwhile; read it again"), now);
  }

  /** This object after one of its owners is gone; empty when it had no other. */
  Optional<Managed> withoutOwner(Kind<?> kind, String uid) {
    List<OwnerReference> references = OwnerReference.read(content);
    List<OwnerReference> left =
        references.stream().filter(reference -> !reference.uid().equals(uid)).toList();
    if (left.isEmpty()) {
      return Optional.empty();
    }
    Map<String, @Nullable Object> fields =
        Patches.merge(
            content,
            Map.of(
                "metadata",
                Map.of("ownerReferences", left.stream().map(OwnerReference::fields).toList())));
    return become(kind, fields, owners).next();
  }

  boolean isOwnedBy(String uid) {
    return !uid.isEmpty()
        && OwnerReference.read(content).stream().anyMatch(reference -> reference.uid().equals(uid));
  }

  Manifest manifest(Kind<?> kind) {
    return Manifest.of(kind, content);
  }

  private Map<?, ?> metadata() {
    return content.get("metadata") instanceof Map<?, ?> map ? map : Map.of();
  }

  private long version() {
    return metadata().get("resourceVersion") instanceof String text && text.matches("\\d{1,18}")
        ? Long.parseLong(text)
        : 1;
  }

  private long generation() {
    return metadata().get("generation") instanceof Number number ? number.longValue() : 1;
  }

  private boolean isDeleting() {
    return metadata().get("deletionTimestamp") != null;
  }

  private List<?> finalizers() {
    return metadata().get("finalizers") instanceof List<?> list ? list : List.of();
  }
}
