package dev.ballast.objects;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The newest events of one source, equal ones counted. One thread at a time. */
final class EventLog {
  /** Kubernetes forgets events after an hour; a list that somebody reads forgets by number. */
  private static final int LIMIT = 256;

  private record Identity(
      Event.Type type, ObjectKey about, String reason, String message, String source) {
    static Identity of(Event event) {
      return new Identity(
          event.type(), event.about(), event.reason(), event.message(), event.source());
    }
  }

  /** The last one that happened comes last. */
  private final Map<Identity, Event> byIdentity = new LinkedHashMap<>();

  /** Adds an event, or counts it. */
  void add(Event event) {
    Identity identity = Identity.of(event);
    Event before = byIdentity.remove(identity);
    if (before == null) {
      byIdentity.put(identity, event);
      if (byIdentity.size() > LIMIT) {
        byIdentity.remove(byIdentity.keySet().iterator().next());
      }
    } else {
      Instant last = before.last().isAfter(event.last()) ? before.last() : event.last();
      byIdentity.put(
          identity,
          new Event(
              event.type(),
              event.about(),
              event.reason(),
              event.message(),
              event.source(),
              before.first(),
              last,
              before.count() + event.count()));
    }
  }

  /** Returns all, oldest first. */
  List<Event> all() {
    List<Event> all = new ArrayList<>(byIdentity.values());
    all.sort(Comparator.comparing(Event::last));
    return all;
  }
}
