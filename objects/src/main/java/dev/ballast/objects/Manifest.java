package dev.ballast.objects;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object as it is written and stored: all of its fields, made of maps, lists, text, numbers and
 * booleans. Immutable; each method that changes something returns another manifest.
 */
public final class Manifest {
  private final Kind<?> kind;
  private final ObjectKey key;
  private final Map<String, @Nullable Object> content;

  private Manifest(Kind<?> kind, Map<String, @Nullable Object> content) {
    this.kind = kind;
    this.content = content;
    Map<?, ?> metadata = content.get("metadata") instanceof Map<?, ?> map ? map : Map.of();
    this.key =
        kind.key(
            metadata.get("namespace") instanceof String namespace ? namespace : "default",
            metadata.get("name") instanceof String name ? name : "");
    if (key.name().isEmpty()) {
      throw new IllegalArgumentException("metadata.name is empty");
    }
  }

  /**
   * Returns a manifest with nothing but its names; those of the whole cluster have no namespace.
   */
  public static Manifest of(ObjectKey key, Kind<?> kind) {
    if (!kind.has(key)) {
      throw new IllegalArgumentException(key + " is no " + kind.name());
    }
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadata.put("name", key.name());
    if (kind.scope() == Kind.Scope.NAMESPACED) {
      metadata.put("namespace", key.namespace().isEmpty() ? "default" : key.namespace());
    }
    return of(kind, Map.of("metadata", metadata));
  }

  /** Returns a manifest with nothing but its names. */
  public static Manifest of(Kind<?> kind, String namespace, String name) {
    return of(kind.key(namespace, name), kind);
  }

  /** Returns a manifest of an object of the whole cluster with nothing but its name. */
  public static Manifest of(Kind<?> kind, String name) {
    return of(kind, "", name);
  }

  /**
   * Returns a manifest with these fields.
   *
   * @param content with {@code metadata}; {@code apiVersion} and {@code kind} are those of the kind
   */
  public static Manifest of(Kind<?> kind, Map<String, ?> content) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("apiVersion", kind.apiVersion());
    fields.put("kind", kind.name());
    content.forEach((field, value) -> {
      if (!field.equals("apiVersion") && !field.equals("kind")) {
        fields.put(field, copy(value));
      }
    });
    return new Manifest(kind, Collections.unmodifiableMap(fields));
  }

  private static @Nullable Object copy(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((key, each) -> fields.put(String.valueOf(key), copy(each)));
        yield Collections.unmodifiableMap(fields);
      }
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(copy(item)));
        yield Collections.unmodifiableList(items);
      }
      case null -> null;
      default -> value;
    };
  }

  /** Returns the kind. */
  public Kind<?> kind() {
    return kind;
  }

  /** Returns what tells it from all others. */
  public ObjectKey key() {
    return key;
  }

  /** Returns all fields; not to be changed. */
  public Map<String, @Nullable Object> content() {
    return content;
  }

  /**
   * Returns this manifest with another value of a field at the top, {@code spec} or {@code data}.
   */
  public Manifest with(String field, Object value) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(content);
    fields.put(field, value);
    return of(kind, fields);
  }

  /** Returns this manifest without a field at the top. */
  public Manifest without(String field) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(content);
    fields.remove(field);
    return of(kind, fields);
  }

  /** Returns this manifest with another value of a field of its metadata. */
  public Manifest withMetadata(String field, Object value) {
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>(fields("metadata"));
    metadata.put(field, value);
    return with("metadata", metadata);
  }

  /** Returns this manifest with a label. */
  public Manifest withLabel(String name, String value) {
    Map<String, @Nullable Object> labels = new LinkedHashMap<>(fields("metadata", "labels"));
    labels.put(name, value);
    return withMetadata("labels", labels);
  }

  /** Returns this manifest with an annotation. */
  public Manifest withAnnotation(String name, String value) {
    Map<String, @Nullable Object> notes = new LinkedHashMap<>(fields("metadata", "annotations"));
    notes.put(name, value);
    return withMetadata("annotations", notes);
  }

  /** Returns this manifest of an object that is deleted once none of its owners is there. */
  public Manifest ownedBy(OwnerReference... owners) {
    List<Map<String, Object>> references = new ArrayList<>();
    for (OwnerReference owner : owners) {
      references.add(owner.fields());
    }
    return withMetadata("ownerReferences", references);
  }

  /** Returns the owners. */
  public List<OwnerReference> owners() {
    return OwnerReference.read(content);
  }

  /** Returns the value at a path; empty when there is none, or null. */
  public Optional<Object> at(String... path) {
    Object value = content;
    for (String field : path) {
      value = value instanceof Map<?, ?> map ? map.get(field) : null;
    }
    return Optional.ofNullable(value);
  }

  /** Returns the text at a path; empty when there is none. */
  public String text(String... path) {
    return at(path).map(String::valueOf).orElse("");
  }

  /** Returns the fields at a path; none when there are none. */
  @SuppressWarnings("unchecked") // of() makes every key text
  public Map<String, @Nullable Object> fields(String... path) {
    return at(path).orElse(null) instanceof Map<?, ?> map
        ? (Map<String, @Nullable Object>) map
        : Map.of();
  }

  /** Returns the identity that the store gave; empty before it is stored. */
  public String uid() {
    return text("metadata", "uid");
  }

  /** Returns the version that the store gave; empty before it is stored. */
  public String resourceVersion() {
    return text("metadata", "resourceVersion");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Manifest manifest && content.equals(manifest.content);
  }

  @Override
  public int hashCode() {
    return content.hashCode();
  }

  /** Names the object only: its fields may be secret. */
  @Override
  public String toString() {
    return key.toString();
  }
}
