package dev.ballast.objects;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.ballast.linux.file.FileLease;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Status of objects, one file each, replaced whole. Writers of several processes take turns. One
 * thread at a time in a process.
 */
final class StatusFiles {
  /** As large as the largest object that an API server takes. */
  private static final int FILE_LIMIT = 3 << 20;

  private static final int NODE_LIMIT = 100_000;

  /**
   * The clock of a file system is coarse: a file this young may be written again without another
   * time, so it is read again.
   */
  private static final Duration SETTLED = Duration.ofMillis(200);

  /**
   * What a file says.
   *
   * @param settled whether the file was old enough when it was read
   */
  private record Held(
      long size,
      FileTime modified,
      Optional<Object> inode,
      boolean settled,
      ObjectKey key,
      Map<String, @Nullable Object> status) {
    boolean isOf(BasicFileAttributes attributes) {
      return settled
          && size == attributes.size()
          && modified.equals(attributes.lastModifiedTime())
          && inode.equals(Optional.ofNullable(attributes.fileKey()));
    }
  }

  private final Map<String, Held> held = new HashMap<>();
  private final Path directory;
  private final ObjectMapper yaml =
      new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));

  StatusFiles(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /** Returns the status of an object as it was read last. */
  Optional<Map<String, @Nullable Object>> held(ObjectKey key) {
    return Optional.ofNullable(held.get(fileName(key))).map(Held::status);
  }

  /** Returns the objects that have a status. */
  Set<ObjectKey> keys() {
    Set<ObjectKey> keys = new HashSet<>();
    held.values().forEach(each -> keys.add(each.key));
    return keys;
  }

  /**
   * Writes fields of statuses.
   *
   * @return what cannot be written; all others are on the disk
   */
  Map<ObjectKey, IOException> write(Map<ObjectKey, Map<String, Object>> wanted, Instant now)
      throws IOException {
    Map<ObjectKey, IOException> failed = new LinkedHashMap<>();
    WholeFile.makeBeside(directory);
    try (FileLease _ = WriterLock.take(directory.resolve(".lock"))) {
      Map<Path, byte[]> files = new LinkedHashMap<>();
      Map<Path, ObjectKey> keys = new LinkedHashMap<>();
      Map<ObjectKey, Map<String, @Nullable Object>> statuses = new HashMap<>();
      for (Map.Entry<ObjectKey, Map<String, Object>> entry : wanted.entrySet()) {
        ObjectKey key = entry.getKey();
        try {
          Map<String, @Nullable Object> stored = fresh(key);
          Map<String, @Nullable Object> patch = Patches.status(stored, entry.getValue(), now);
          if (!held.containsKey(fileName(key)) || !Patches.contains(stored, patch)) {
            Map<String, @Nullable Object> next = Patches.merge(stored, patch);
            files.put(file(key), bytes(key, next));
            keys.put(file(key), key);
            statuses.put(key, next);
          }
        } catch (IOException e) {
          failed.put(key, e);
        }
      }
      if (files.isEmpty()) {
        return failed;
      }
      WholeFile.replaceAll(directory, files)
          .forEach((file, reason) -> failed.put(keys.get(file), reason));
      for (Map.Entry<ObjectKey, Map<String, @Nullable Object>> entry : statuses.entrySet()) {
        if (!failed.containsKey(entry.getKey())) {
          hold(entry.getKey(), entry.getValue());
        }
      }
    }
    return failed;
  }

  /** Remembers what was just written, so that it need not be read. */
  private void hold(ObjectKey key, Map<String, @Nullable Object> status) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file(key), BasicFileAttributes.class);
      held.put(
          fileName(key),
          new Held(
              attributes.size(),
              attributes.lastModifiedTime(),
              Optional.ofNullable(attributes.fileKey()),
              true,
              key,
              status));
    } catch (IOException _) {
      held.remove(fileName(key));
    }
  }

  private byte[] bytes(ObjectKey key, Map<String, @Nullable Object> status) throws IOException {
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (!key.namespace().isEmpty()) {
      metadata.put("namespace", key.namespace());
    }
    metadata.put("name", key.name());
    Map<String, Object> document = new LinkedHashMap<>();
    if (!key.group().isEmpty()) {
      document.put("group", key.group());
    }
    document.put("kind", key.kind());
    document.put("metadata", metadata);
    document.put("status", status);
    return yaml.writeValueAsBytes(document);
  }

  /** The stored status; nothing when there is none, or somebody spoilt its file. */
  private Map<String, @Nullable Object> fresh(ObjectKey key) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file(key), BasicFileAttributes.class);
      Held before = held.get(fileName(key));
      if (before != null && before.isOf(attributes)) {
        return before.status;
      }
      Instant asked = Instant.now();
      Optional<Held> now = parsed(attributes, asked, Files.readString(file(key)));
      now.ifPresentOrElse(
          found -> held.put(fileName(key), found), () -> held.remove(fileName(key)));
      return now.map(Held::status).orElse(Map.of());
    } catch (NoSuchFileException _) {
      held.remove(fileName(key));
      return Map.of();
    }
  }

  Optional<Map<String, Object>> read(ObjectKey key) throws IOException {
    fresh(key);
    return held(key).map(Patches::present);
  }

  boolean remove(ObjectKey key) throws IOException {
    held.remove(fileName(key));
    return Files.deleteIfExists(file(key));
  }

  /**
   * Reads the statuses whose files changed.
   *
   * @param manifests the directory in which the statuses are
   * @return the objects whose status may be another one now
   */
  Set<ObjectKey> readAll(OpenDirectory manifests) throws IOException {
    Set<String> gone = new HashSet<>(held.keySet());
    Set<ObjectKey> touched = new HashSet<>();
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    if (open.isPresent()) {
      try (OpenDirectory statuses = open.get()) {
        for (String name : statuses.names()) {
          gone.remove(name);
          refresh(statuses, name, touched);
        }
      }
    }
    for (String name : gone) {
      Held before = held.remove(name);
      if (before != null) {
        touched.add(before.key);
      }
    }
    return touched;
  }

  /** Reads some files: a write of one status must not cost a look at all others. */
  Set<ObjectKey> read(OpenDirectory manifests, Set<String> names) throws IOException {
    Set<ObjectKey> touched = new HashSet<>();
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    if (open.isEmpty()) {
      for (String name : names) {
        drop(name, touched);
      }
      return touched;
    }
    try (OpenDirectory statuses = open.get()) {
      for (String name : names) {
        refresh(statuses, name, touched);
      }
    }
    return touched;
  }

  private void drop(String name, Set<ObjectKey> touched) {
    Held before = held.remove(name);
    if (before != null) {
      touched.add(before.key);
    }
  }

  /** Holds what a file says, unless it says nothing; one that did not change is not read again. */
  private void refresh(OpenDirectory statuses, String name, Set<ObjectKey> touched) {
    if (name.startsWith(".") || !name.endsWith(".yaml")) {
      return;
    }
    try {
      BasicFileAttributes attributes = statuses.attributes(name);
      Held before = held.get(name);
      if (before != null && before.isOf(attributes)) {
        return;
      }
      Instant asked = Instant.now();
      Optional<Held> now = parsed(attributes, asked, statuses.readString(name, FILE_LIMIT));
      drop(name, touched);
      if (now.isPresent() && fileName(now.get().key).equals(name)) {
        held.put(name, now.get());
        touched.add(now.get().key);
      }
    } catch (IOException _) {
      // Removed between listing and reading, or not ours: without a status the object has none.
      drop(name, touched);
    }
  }

  /**
   * @param asked a time before the text was read, so that what is written meanwhile has a later one
   */
  private static Optional<Held> parsed(BasicFileAttributes attributes, Instant asked, String text) {
    boolean settled = attributes.lastModifiedTime().toInstant().isBefore(asked.minus(SETTLED));
    List<Node> roots = new ArrayList<>();
    if (Yaml.parse("status", text, NODE_LIMIT, document -> roots.add(document.root())).isPresent()
        || roots.size() != 1
        || !(roots.getFirst() instanceof Node.Mapping document)) {
      return Optional.empty();
    }
    Optional<Node.Mapping> metadata = document.mapping("metadata");
    Optional<String> name = metadata.flatMap(fields -> fields.text("name"));
    Optional<Node.Mapping> status = document.mapping("status");
    if (name.isEmpty() || status.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Held(
            attributes.size(),
            attributes.lastModifiedTime(),
            Optional.ofNullable(attributes.fileKey()),
            settled,
            new ObjectKey(
                document.text("group").orElse(""),
                document.text("kind").orElse(""),
                metadata.flatMap(fields -> fields.text("namespace")).orElse(""),
                name.get()),
            Yaml.value(status.get())));
  }

  private Path file(ObjectKey key) {
    return directory.resolve(fileName(key));
  }

  /** The name of the file with the status of an object. */
  static String fileName(ObjectKey key) {
    return key.kind()
        + "."
        + (key.group().isEmpty() ? "" : encoded(key.group()) + ".")
        + encoded(key.namespace())
        + "."
        + encoded(key.name())
        + ".yaml";
  }

  static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace(".", "%2E");
  }
}
