package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Events, one file for each source, the newest of them. One thread at a time in a process. */
final class EventFiles {
  private static final System.Logger LOG = System.getLogger(EventFiles.class.getName());
  private static final TypeReference<List<@Nullable Map<String, Object>>> LIST =
      new TypeReference<>() {};

  /** Kubernetes forgets events after an hour; a file that somebody reads forgets by number. */
  private static final int LIMIT = 256;

  private final Path directory;
  private final ObjectMapper yaml = new ObjectMapper(new YAMLFactory());

  EventFiles(Path directory) {
    this.directory = directory;
  }

  void record(Event event) throws IOException {
    Path file = directory.resolve(event.source() + ".yaml");
    List<Event> events = new ArrayList<>(read(file));
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).sameAs(event)) {
        Event counted = events.remove(i).again(event.last());
        events.add(counted);
        write(file, events);
        return;
      }
    }
    events.add(event);
    write(file, events.subList(Math.max(0, events.size() - LIMIT), events.size()));
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

  /** What can not be understood, since somebody edited it, is passed over: news must go on. */
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
              new ObjectKey(text(fields, "kind"), text(fields, "namespace"), text(fields, "name")),
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

  private void write(Path file, List<Event> events) throws IOException {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Event event : events) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("lastTimestamp", event.last().toString());
      fields.put("firstTimestamp", event.first().toString());
      fields.put("count", event.count());
      fields.put("type", event.type() == Event.Type.NORMAL ? "Normal" : "Warning");
      fields.put("reason", event.reason());
      fields.put("kind", event.about().kind());
      fields.put("namespace", event.about().namespace());
      fields.put("name", event.about().name());
      fields.put("message", event.message());
      fields.put("source", event.source());
      list.add(fields);
    }
    WholeFile.makeBeside(directory);
    WholeFile.replace(file, yaml.writeValueAsBytes(list));
  }

  private static String text(Map<String, Object> fields, String name) {
    return String.valueOf(fields.getOrDefault(name, ""));
  }
}
