package dev.ballast.objects;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Status of objects, one file each, replaced whole. One thread at a time in a process. */
final class StatusFiles {
  private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

  /**
   * The clock of a file system is coarse: a file this young may be written again without another
   * time, so it is read again.
   */
  private static final Duration SETTLED = Duration.ofMillis(200);

  /**
   * What a file said of its service.
   *
   * @param settled whether the file was old enough when it was read
   */
  private record Held(
      long size,
      FileTime modified,
      Optional<Object> inode,
      boolean settled,
      ObjectKey key,
      List<String> addresses) {
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

  /** Whether anything changed. */
  boolean write(ObjectKey key, Map<String, Object> status) throws IOException {
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (!key.namespace().isEmpty()) {
      metadata.put("namespace", key.namespace());
    }
    metadata.put("name", key.name());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", key.kind());
    document.put("metadata", metadata);
    document.put("status", status);
    byte[] bytes = yaml.writeValueAsBytes(document);
    Path file = file(key);
    if (Files.exists(file) && java.util.Arrays.equals(Files.readAllBytes(file), bytes)) {
      return false;
    }
    WholeFile.makeBeside(directory);
    WholeFile.replace(file, bytes);
    return true;
  }

  Optional<Map<String, Object>> read(ObjectKey key) throws IOException {
    try {
      return status(yaml.readValue(Files.readAllBytes(file(key)), MAP));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  boolean remove(ObjectKey key) throws IOException {
    return Files.deleteIfExists(file(key));
  }

  /**
   * Reads the statuses of services anew, where their files changed, and returns the addresses of
   * each that has one.
   *
   * @param manifests the directory in which the statuses are
   */
  Map<ObjectKey, List<String>> serviceAddresses(OpenDirectory manifests) throws IOException {
    Map<String, Held> before = new HashMap<>(held);
    held.clear();
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    if (open.isPresent()) {
      try (OpenDirectory statuses = open.get()) {
        for (String name : statuses.names()) {
          refresh(statuses, name, before.get(name));
        }
      }
    }
    Map<ObjectKey, List<String>> addresses = new HashMap<>();
    held.values().forEach(each -> addresses.put(each.key, each.addresses));
    return addresses;
  }

  /**
   * Reads some files anew; a write of one status must not cost a look at all others.
   *
   * @return the addresses of the services that they are of, nothing for a status that is gone
   */
  Map<ObjectKey, Optional<List<String>>> serviceAddresses(
      OpenDirectory manifests, Set<String> names) throws IOException {
    Map<ObjectKey, Optional<List<String>>> addresses = new HashMap<>();
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    for (String name : names) {
      Held before = held.remove(name);
      if (before != null) {
        addresses.put(before.key, Optional.empty());
      }
    }
    if (open.isPresent()) {
      try (OpenDirectory statuses = open.get()) {
        for (String name : names) {
          refresh(statuses, name, null);
          Held now = held.get(name);
          if (now != null) {
            addresses.put(now.key, Optional.of(now.addresses));
          }
        }
      }
    }
    return addresses;
  }

  /** Holds what a file says, unless it says nothing; one that did not change is not read again. */
  private void refresh(OpenDirectory statuses, String name, @Nullable Held before) {
    if (!name.startsWith("Service.") || !name.endsWith(".yaml")) {
      return;
    }
    try {
      BasicFileAttributes attributes = statuses.attributes(name);
      Held now =
          before != null && before.isOf(attributes) ? before : read(statuses, name, attributes);
      if (now != null) {
        held.put(name, now);
      }
    } catch (IOException _) {
      // Removed between listing and reading, or not ours: without a status the service has none.
    }
  }

  private @Nullable Held read(OpenDirectory statuses, String name, BasicFileAttributes attributes)
      throws IOException {
    // Before it is read, so that what is written meanwhile has a later time.
    Instant now = Instant.now();
    Map<String, Object> document = yaml.readValue(statuses.read(name, Decoder.FILE_LIMIT), MAP);
    if (document == null || !(document.get("metadata") instanceof Map<?, ?> metadata)) {
      return null;
    }
    ObjectKey key =
        new ObjectKey(
            "Service",
            metadata.get("namespace") instanceof String namespace ? namespace : "",
            String.valueOf(metadata.get("name")));
    List<String> ingress = new ArrayList<>();
    if (document.get("status") instanceof Map<?, ?> status
        && status.get("loadBalancer") instanceof Map<?, ?> balancer
        && balancer.get("ingress") instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> one && one.get("ip") instanceof String ip) {
          ingress.add(ip);
        }
      }
    }
    boolean settled = attributes.lastModifiedTime().toInstant().isBefore(now.minus(SETTLED));
    return new Held(
        attributes.size(),
        attributes.lastModifiedTime(),
        Optional.ofNullable(attributes.fileKey()),
        settled,
        key,
        List.copyOf(ingress));
  }

  @SuppressWarnings("unchecked") // a document of a status file has text keys
  private static Optional<Map<String, Object>> status(@Nullable Map<String, Object> document) {
    return document != null && document.get("status") instanceof Map<?, ?> status
        ? Optional.of((Map<String, Object>) status)
        : Optional.empty();
  }

  private Path file(ObjectKey key) {
    return directory.resolve(fileName(key));
  }

  /** The name of the file with the status of an object. */
  static String fileName(ObjectKey key) {
    return key.kind() + "." + encoded(key.namespace()) + "." + encoded(key.name()) + ".yaml";
  }

  private static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace(".", "%2E");
  }
}
