package dev.ballast.objects.api;

import dev.ballast.objects.Event;
import dev.ballast.objects.Kind;
import dev.ballast.objects.Manifest;
import dev.ballast.objects.ObjectKey;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Events of the core API; equal ones are counted in one object, as client-go does. */
final class ApiEvents {
  /** As many as client-go's correlator remembers. */
  private static final int MOST_REMEMBERED = 4_096;

  private final KubernetesClient client;

  /** The names and counts of events that were written, the oldest first. */
  private final Map<String, Counted> written =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Counted> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  private record Counted(String name, int count) {}

  private final RequestRate rate;

  ApiEvents(KubernetesClient client, RequestRate rate) {
    this.client = client;
    this.rate = rate;
  }

  /**
   * Writes an event, or counts it.
   *
   * @param kind of the object that it is about
   * @param about the object as it was seen last, if it was
   */
  synchronized void record(Optional<Kind<?>> kind, Optional<Manifest> about, Event event) {
    rate.await();
    String identity =
        String.join(
            "\n",
            event.about().toString(),
            event.type().name(),
            event.reason(),
            event.message(),
            event.source());
    String namespace = namespace(event.about());
    Counted before = written.get(identity);
    if (before != null && countAgain(namespace, before, event)) {
      written.put(identity, new Counted(before.name(), before.count() + 1));
      return;
    }
    String name =
        event.about().name()
            + "."
            + UUID.nameUUIDFromBytes((identity + event.first()).getBytes(StandardCharsets.UTF_8))
                .toString()
                .substring(0, 18);
    client
        .v1()
        .events()
        .inNamespace(namespace)
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withInvolvedObject(reference(kind, about, event.about()))
                .withType(event.type() == Event.Type.WARNING ? "Warning" : "Normal")
                .withReason(event.reason())
                .withMessage(event.message())
                .withNewSource()
                .withComponent(event.source())
                .endSource()
                .withReportingComponent(event.source())
                .withFirstTimestamp(time(event.first()))
                .withLastTimestamp(time(event.last()))
                .withCount(event.count())
                .build())
        .create();
    written.put(identity, new Counted(name, event.count()));
  }

  /** False when the API has forgotten the event, as it does after an hour. */
  private boolean countAgain(String namespace, Counted before, Event event) {
    try {
      client
          .v1()
          .events()
          .inNamespace(namespace)
          .withName(before.name())
          .edit(old ->
              new EventBuilder(old)
                  .withCount((old.getCount() == null ? 1 : old.getCount()) + event.count())
                  .withLastTimestamp(time(event.last()))
                  .build());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == Answers.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private static ObjectReference reference(
      Optional<Kind<?>> kind, Optional<Manifest> about, ObjectKey key) {
    ObjectReference reference = new ObjectReference();
    kind.ifPresent(known -> reference.setApiVersion(known.apiVersion()));
    reference.setKind(key.kind());
    reference.setName(key.name());
    reference.setNamespace(key.namespace());
    about.ifPresent(found -> {
      reference.setUid(found.uid());
      reference.setResourceVersion(found.resourceVersion());
    });
    return reference;
  }

  /** Events of objects without a namespace lie in this one. */
  private static String namespace(ObjectKey key) {
    return key.namespace().isEmpty() ? "default" : key.namespace();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  List<Event> all() {
    rate.await();
    return client.v1().events().inAnyNamespace().list().getItems().stream()
        .map(ApiEvents::event)
        .sorted(Comparator.comparing(Event::last))
        .toList();
  }

  private static Event event(io.fabric8.kubernetes.api.model.Event event) {
    ObjectReference about = event.getInvolvedObject();
    return new Event(
        "Warning".equals(event.getType()) ? Event.Type.WARNING : Event.Type.NORMAL,
        new ObjectKey(
            group(text(about.getApiVersion())),
            text(about.getKind()),
            text(about.getNamespace()),
            text(about.getName())),
        text(event.getReason()),
        text(event.getMessage()),
        event.getSource() == null ? "" : text(event.getSource().getComponent()),
        instant(event.getFirstTimestamp()),
        instant(event.getLastTimestamp()),
        event.getCount() == null ? 1 : event.getCount());
  }

  private static String group(String apiVersion) {
    return apiVersion.substring(0, Math.max(0, apiVersion.indexOf('/')));
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static Instant instant(@Nullable String value) {
    return value == null ? Instant.EPOCH : Instant.parse(value);
  }
}
