package dev.ballast.objects;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may do a thing that only one may do, {@code coordination.k8s.io/v1}.
 *
 * @param holder empty when nobody has it
 * @param duration how long after its renewal it counts
 */
public record Lease(
    Metadata metadata,
    String holder,
    Duration duration,
    Optional<Instant> acquired,
    Optional<Instant> renewed,
    int transitions)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<Lease> KIND =
      new Kind<>(
          "coordination.k8s.io",
          "v1",
          "Lease",
          "leases",
          Kind.Scope.NAMESPACED,
          Lease.class,
          Lease::read);

  /** Six digits after the point: other readers refuse more, and fewer as well. */
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  @Override
  public String group() {
    return KIND.group();
  }

  /** Returns the manifest of this lease, changed by its holder. */
  Map<String, Object> spec() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("holderIdentity", holder);
    spec.put("leaseDurationSeconds", Math.max(1, duration.toSeconds()));
    acquired.ifPresent(at -> spec.put("acquireTime", MICRO_TIME.format(at)));
    renewed.ifPresent(at -> spec.put("renewTime", MICRO_TIME.format(at)));
    spec.put("leaseTransitions", transitions);
    return spec;
  }

  private static Lease read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    Optional<Fields> spec = object.object("spec").map(Fields::ignoreOthers);
    return new Lease(
        metadata,
        spec.map(fields -> fields.text("holderIdentity", "")).orElse(""),
        Duration.ofSeconds(
            spec.map(fields -> fields.number("leaseDurationSeconds", 0, 0, Integer.MAX_VALUE))
                .orElse(0L)),
        spec.flatMap(fields -> time(fields, "acquireTime")),
        spec.flatMap(fields -> time(fields, "renewTime")),
        spec.map(fields -> (int) fields.number("leaseTransitions", 0, 0, Integer.MAX_VALUE))
            .orElse(0));
  }

  private static Optional<Instant> time(Fields fields, String field) {
    try {
      return fields.text(field).map(Instant::parse);
    } catch (DateTimeParseException _) {
      fields.problems().error(fields.at(field), fields.path(field), "a time is expected", "");
      return Optional.empty();
    }
  }
}
