package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.ballast.linux.file.FileLease;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
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
 * Objects that programs write, one private file each: the object, and what each owner applied. A
 * program that writes holds the lock from reading to writing. One thread at a time in a process.
 */
final class ManagedFiles {
  private static final System.Logger LOG = System.getLogger(ManagedFiles.class.getName());
  private static final int FILE_LIMIT = 3 << 20;
  private static final int NODE_LIMIT = 200_000;

  private record Held(Object fingerprint, ObjectKey key, Managed object) {}

  private record Fingerprint(long size, FileTime modified, Optional<Object> inode) {
    static Fingerprint of(BasicFileAttributes attributes) {
      return new Fingerprint(
          attributes.size(),
          attributes.lastModifiedTime(),
          Optional.ofNullable(attributes.fileKey()));
    }
  }

  private final Path directory;
  private final Scheme scheme;
  private final Map<String, Held> held = new HashMap<>();
  private final ObjectMapper yaml =
      new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));

  ManagedFiles(Path directory, Scheme scheme) {
    this.directory = directory;
    this.scheme = scheme;
  }

  Path directory() {
    return directory;
  }

  Optional<Managed> held(ObjectKey key) {
    return Optional.ofNullable(held.get(StatusFiles.fileName(key))).map(Held::object);
  }

  /** Returns all objects that programs wrote. */
  Map<ObjectKey, Managed> all() {
    Map<ObjectKey, Managed> all = new HashMap<>();
    held.values().forEach(each -> all.put(each.key, each.object));
    return all;
  }

  /** Keeps other processes from writing until it is closed. */
  FileLease lock() throws IOException {
    WholeFile.makeBeside(directory);
    return WriterLock.take(directory.resolve(".lock"));
  }

  /** Writes an object, or takes it away. */
  void write(ObjectKey key, Optional<Managed> object) throws IOException {
    String name = StatusFiles.fileName(key);
    Path file = directory.resolve(name);
    held.remove(name);
    if (object.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("object", object.get().content());
    document.put("owners", object.get().owners());
    WholeFile.replacePrivate(file, yaml.writeValueAsBytes(document));
    held.put(
        name,
        new Held(
            Fingerprint.of(Files.readAttributes(file, BasicFileAttributes.class)),
            key,
            object.get()));
  }

  /**
   * Reads the objects whose files changed.
   *
   * @param manifests the directory in which they are
   * @return those that may be other ones now
   */
  Set<ObjectKey> readAll(OpenDirectory manifests) throws IOException {
    Set<String> names = new HashSet<>(held.keySet());
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    if (open.isPresent()) {
      try (OpenDirectory objects = open.get()) {
        names.addAll(objects.names());
      }
    }
    return read(manifests, names);
  }

  /** Reads some files. */
  Set<ObjectKey> read(OpenDirectory manifests, Set<String> names) throws IOException {
    Set<ObjectKey> touched = new HashSet<>();
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    if (open.isEmpty()) {
      for (String name : names) {
        drop(name, touched);
      }
      return touched;
    }
    try (OpenDirectory objects = open.get()) {
      for (String name : names) {
        if (!name.startsWith(".") && name.endsWith(".yaml")) {
          refresh(objects, name, touched);
        }
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

  private void refresh(OpenDirectory objects, String name, Set<ObjectKey> touched) {
    try {
      Fingerprint fingerprint = Fingerprint.of(objects.attributes(name));
      Held before = held.get(name);
      if (before != null && before.fingerprint.equals(fingerprint)) {
        return;
      }
      String text = objects.readString(name, FILE_LIMIT);
      drop(name, touched);
      parsed(name, text)
          .ifPresent(managed -> {
            ObjectKey key = managed.key();
            held.put(name, new Held(fingerprint, key, managed.object()));
            touched.add(key);
          });
    } catch (IOException _) {
      // Deleted between listing and reading.
      drop(name, touched);
    }
  }

  private record Parsed(ObjectKey key, Managed object) {}

  private Optional<Parsed> parsed(String name, String text) {
    List<Node> roots = new ArrayList<>();
    if (Yaml.parse(name, text, NODE_LIMIT, document -> roots.add(document.root())).isPresent()
        || roots.size() != 1
        || !(roots.getFirst() instanceof Node.Mapping document)
        || document.mapping("object").isEmpty()) {
      LOG.log(WARNING, "not an object that a program wrote: " + directory.resolve(name));
      return Optional.empty();
    }
    Node.Mapping object = document.mapping("object").get();
    Optional<Kind<?>> kind =
        scheme.find(object.text("apiVersion").orElse(""), object.text("kind").orElse(""));
    Optional<String> own = object.mapping("metadata").flatMap(fields -> fields.text("name"));
    if (kind.isEmpty() || own.isEmpty()) {
      // Of another program's scheme.
      return Optional.empty();
    }
    Manifest manifest = Manifest.of(kind.get(), Yaml.value(object));
    if (!StatusFiles.fileName(manifest.key()).equals(name)) {
      LOG.log(WARNING, "holds " + manifest.key() + ": " + directory.resolve(name));
      return Optional.empty();
    }
    Map<String, Map<String, @Nullable Object>> owners = new LinkedHashMap<>();
    document
        .mapping("owners")
        .ifPresent(all ->
            all.entries()
                .forEach(entry -> {
                  if (entry.key() instanceof Node.Scalar owner
                      && entry.value() instanceof Node.Mapping fields) {
                    owners.put(owner.value(), Yaml.value(fields));
                  }
                }));
    return Optional.of(new Parsed(manifest.key(), new Managed(manifest.content(), owners)));
  }
}
