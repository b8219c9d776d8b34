package dev.ballast.objects.api;

import dev.ballast.objects.Event;
import dev.ballast.objects.Kind;
import dev.ballast.objects.ObjectKey;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

  ApiEvents(KubernetesClient client) {
    this.client = client;
  }

  synchronized boolean record(WatchedKind kind, Event event) {
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
    if (before != null && countAgain(namespace, before, event.last())) {
      written.put(identity, new Counted(before.name(), before.count() + 1));
      return true;
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
                .withInvolvedObject(about(kind, event.about()))
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
    return true;
  }

  /** False when the API has forgotten the event, as it does after an hour. */
  private boolean countAgain(String namespace, Counted before, Instant last) {
    try {
      client
          .v1()
          .events()
          .inNamespace(namespace)
          .withName(before.name())
          .edit(old ->
              new EventBuilder(old)
                  .withCount(before.count() + 1)
                  .withLastTimestamp(time(last))
                  .build());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == Answers.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private static ObjectReference about(WatchedKind watched, ObjectKey key) {
    Kind<?> kind = watched.kind();
    ObjectReference reference = new ObjectReference();
    reference.setApiVersion(kind.apiVersion());
    reference.setKind(kind.name());
    reference.setName(key.name());
    reference.setNamespace(key.namespace());
    Optional<GenericKubernetesResource> resource = watched.resource(key);
    resource.ifPresent(found -> {
      reference.setUid(found.getMetadata().getUid());
      reference.setResourceVersion(found.getMetadata().getResourceVersion());
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
    return client.v1().events().inAnyNamespace().list().getItems().stream()
        .map(ApiEvents::event)
        .toList();
  }

  private static Event event(io.fabric8.kubernetes.api.model.Event event) {
    ObjectReference about = event.getInvolvedObject();
    return new Event(
        "Warning".equals(event.getType()) ? Event.Type.WARNING : Event.Type.NORMAL,
        new ObjectKey(text(about.getKind()), text(about.getNamespace()), text(about.getName())),
        text(event.getReason()),
        text(event.getMessage()),
        event.getSource() == null ? "" : text(event.getSource().getComponent()),
        instant(event.getFirstTimestamp()),
        instant(event.getLastTimestamp()),
        event.getCount() == null ? 1 : event.getCount());
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static Instant instant(@Nullable String value) {
    return value == null ? Instant.EPOCH : Instant.parse(value);
  }
}
