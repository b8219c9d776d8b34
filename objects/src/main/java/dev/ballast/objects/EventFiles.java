package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.ballast.linux.file.FileLease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Events, one file for each source, the newest of them. Several processes may write events of one
 * source: each adds to what it finds while it holds the lock. One thread at a time in a process.
 */
final class EventFiles {
  private static final System.Logger LOG = System.getLogger(EventFiles.class.getName());
  private static final TypeReference<List<@Nullable Map<String, Object>>> LIST =
      new TypeReference<>() {};

  /** The state of a file that tells whether another process wrote it. */
  private record Fingerprint(Object inode, long size, Instant modified) {}

  private record Known(Fingerprint fingerprint, EventLog log) {}

  private final Path directory;
  private final ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
  private final Map<Path, Known> known = new HashMap<>();

  EventFiles(Path directory) {
    this.directory = directory;
  }

  void record(List<Event> events) throws IOException {
    Map<String, List<Event>> bySource = new LinkedHashMap<>();
    events.forEach(
        event -> bySource.computeIfAbsent(event.source(), _ -> new ArrayList<>()).add(event));
    WholeFile.makeBeside(directory);
    try (FileLease _ = WriterLock.take(directory.resolve(".lock"))) {
      for (Map.Entry<String, List<Event>> entry : bySource.entrySet()) {
        Path file = directory.resolve(StatusFiles.encoded(entry.getKey()) + ".yaml");
        EventLog log = log(file);
        // What is not written must not count as known.
        known.remove(file);
        entry.getValue().forEach(log::add);
        WholeFile.replace(file, bytes(log.all()), WholeFile.Durability.BRIEF);
        fingerprint(file).ifPresent(now -> known.put(file, new Known(now, log)));
      }
    }
  }

  private EventLog log(Path file) throws IOException {
    Known before = known.get(file);
    if (before != null && fingerprint(file).equals(Optional.of(before.fingerprint))) {
      return before.log;
    }
    EventLog log = new EventLog();
    read(file).forEach(log::add);
    return log;
  }

  private static Optional<Fingerprint> fingerprint(Path file) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.fileKey() == null
          ? Optional.empty()
          : Optional.of(
              new Fingerprint(
                  attributes.fileKey(),
                  attributes.size(),
                  attributes.lastModifiedTime().toInstant()));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  List<Event> all() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Event> events = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        if (!String.valueOf(file.getFileName()).startsWith(".")) {
          events.addAll(read(file));
        }
      }
    }
    events.sort(Comparator.comparing(Event::last));
    return events;
  }

  /** What cannot be understood, since somebody edited it, is passed over: news must go on. */
  private List<Event> read(Path file) throws IOException {
    List<Event> events = new ArrayList<>();
    try {
      List<@Nullable Map<String, Object>> all = yaml.readValue(Files.readAllBytes(file), LIST);
      for (Map<String, Object> fields : all == null ? List.<Map<String, Object>>of() : all) {
        if (fields != null) {
          event(fields).ifPresent(events::add);
        }
      }
    } catch (NoSuchFileException _) {
      return events;
    } catch (JsonProcessingException e) {
      LOG.log(WARNING, () -> "the events of " + file + " are no YAML any more: " + e.getMessage());
    }
    return events;
  }

  private static Optional<Event> event(Map<String, Object> fields) {
    try {
      return Optional.of(
          new Event(
              Event.Type.valueOf(text(fields, "type").toUpperCase(Locale.ROOT)),
              new ObjectKey(
                  text(fields, "group"),
                  text(fields, "kind"),
                  text(fields, "namespace"),
                  text(fields, "name")),
              text(fields, "reason"),
              text(fields, "message"),
              text(fields, "source"),
              Instant.parse(text(fields, "firstTimestamp")),
              Instant.parse(text(fields, "lastTimestamp")),
              fields.get("count") instanceof Integer count ? count : 1));
    } catch (IllegalArgumentException | DateTimeParseException _) {
      return Optional.empty();
    }
  }

  private byte[] bytes(List<Event> events) throws IOException {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Event event : events) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("lastTimestamp", event.last().toString());
      fields.put("firstTimestamp", event.first().toString());
      fields.put("count", event.count());
      fields.put("type", event.type() == Event.Type.NORMAL ? "Normal" : "Warning");
      fields.put("reason", event.reason());
      if (!event.about().group().isEmpty()) {
        fields.put("group", event.about().group());
      }
      fields.put("kind", event.about().kind());
      fields.put("namespace", event.about().namespace());
      fields.put("name", event.about().name());
      fields.put("message", event.message());
      fields.put("source", event.source());
      list.add(fields);
    }
    return yaml.writeValueAsBytes(list);
  }

  private static String text(Map<String, Object> fields, String name) {
    return String.valueOf(fields.getOrDefault(name, ""));
  }
}
