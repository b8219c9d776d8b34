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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Status of objects, one file each, replaced whole. One thread at a time in a process. */
final class StatusFiles {
  private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

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
   * The addresses in the status of each service that has one.
   *
   * @param manifests the directory in which the statuses are
   */
  Map<ObjectKey, List<String>> serviceAddresses(OpenDirectory manifests) throws IOException {
    Map<ObjectKey, List<String>> addresses = new HashMap<>();
    Optional<OpenDirectory> open = manifests.directory(directory.getFileName().toString());
    if (open.isPresent()) {
      try (OpenDirectory statuses = open.get()) {
        for (String name : statuses.names()) {
          if (name.startsWith("Service.") && name.endsWith(".yaml")) {
            addresses(statuses, name, addresses);
          }
        }
      }
    }
    return addresses;
  }

  private void addresses(
      OpenDirectory statuses, String name, Map<ObjectKey, List<String>> addresses) {
    try {
      Map<String, Object> document = yaml.readValue(statuses.read(name, Decoder.FILE_LIMIT), MAP);
      if (document == null || !(document.get("metadata") instanceof Map<?, ?> metadata)) {
        return;
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
      addresses.put(key, ingress);
    } catch (IOException _) {
      // Removed between listing and reading, or not ours: without a status the service has none.
    }
  }

  @SuppressWarnings("unchecked") // a document of a status file has text keys
  private static Optional<Map<String, Object>> status(@Nullable Map<String, Object> document) {
    return document != null && document.get("status") instanceof Map<?, ?> status
        ? Optional.of((Map<String, Object>) status)
        : Optional.empty();
  }

  private Path file(ObjectKey key) {
    return directory.resolve(
        key.kind() + "." + encoded(key.namespace()) + "." + encoded(key.name()) + ".yaml");
  }

  private static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace(".", "%2E");
  }
}
