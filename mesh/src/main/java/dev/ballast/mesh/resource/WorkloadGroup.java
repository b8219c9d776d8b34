package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the instances of a workload outside of Kubernetes have in common, {@code
 * networking.istio.io/v1}.
 *
 * @param labels of each instance's object
 * @param annotations of each instance's object
 */
public record WorkloadGroup(
    Metadata metadata,
    Map<String, String> labels,
    Map<String, String> annotations,
    WorkloadEntry.Spec template,
    Optional<Probe> probe)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<WorkloadGroup> KIND =
      new Kind<>(
          "networking.istio.io",
          "v1",
          "WorkloadGroup",
          "workloadgroups",
          Kind.Scope.NAMESPACED,
          WorkloadGroup.class,
          WorkloadGroup::read);

  @Override
  public String group() {
    return KIND.group();
  }

  public WorkloadGroup {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /** How an instance is checked. */
  public record Probe(
      Duration initialDelay,
      Duration timeout,
      Duration period,
      int successThreshold,
      int failureThreshold,
      Check check) {}

  /** What is asked. */
  public sealed interface Check {
    /** An HTTP request; a status from 200 to 399 is good. */
    record Http(String path, int port, String host, String scheme, List<Header> headers)
        implements Check {
      public Http {
        headers = List.copyOf(headers);
      }
    }

    /** A connection. */
    record Tcp(String host, int port) implements Check {}

    /** A program; exit code 0 is good. */
    record Exec(List<String> command) implements Check {
      public Exec {
        command = List.copyOf(command);
      }
    }

    /** gRPC's health service. */
    record Grpc(int port, String service) implements Check {}
  }

  /** A header of an HTTP request. */
  public record Header(String name, String value) {}

  private static WorkloadGroup read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.object("status").ifPresent(Fields::ignoreOthers);
    WorkloadEntry.Spec none = new WorkloadEntry.Spec("", Map.of(), Map.of(), "", "", 1, "");
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write spec.template");
      return new WorkloadGroup(metadata, Map.of(), Map.of(), none, Optional.empty());
    }
    Optional<Fields> template = spec.object("template");
    if (template.isEmpty()) {
      spec.error("template", "template is required", "write it");
    }
    Optional<Fields> inner = spec.object("metadata");
    return new WorkloadGroup(
        metadata,
        inner.map(fields -> fields.map("labels")).orElse(Map.of()),
        inner.map(fields -> fields.map("annotations")).orElse(Map.of()),
        template.map(WorkloadEntry.Spec::template).orElse(none),
        spec.object("probe").flatMap(WorkloadGroup::probe));
  }

  private static Optional<Probe> probe(Fields probe) {
    List<Check> checks = new ArrayList<>();
    probe
        .object("httpGet")
        .ifPresent(http ->
            checks.add(
                new Check.Http(
                    http.text("path", "/"),
                    (int) http.number("port", 0, 1, 65_535),
                    http.text("host", ""),
                    http.word("scheme", "HTTP", "HTTP", "HTTPS"),
                    http.objects(
                        "httpHeaders",
                        each -> new Header(each.needed("name"), each.text("value", ""))))));
    probe
        .object("tcpSocket")
        .ifPresent(tcp ->
            checks.add(
                new Check.Tcp(tcp.text("host", ""), (int) tcp.number("port", 0, 1, 65_535))));
    probe
        .object("exec")
        .ifPresent(exec -> {
          List<String> command = exec.texts("command");
          if (command.isEmpty()) {
            exec.error("command", "exec.command is required", "write it");
          }
          checks.add(new Check.Exec(command));
        });
    probe
        .object("grpc")
        .ifPresent(grpc ->
            checks.add(
                new Check.Grpc((int) grpc.number("port", 0, 1, 65_535), grpc.text("service", ""))));
    Probe read =
        new Probe(
            Duration.ofSeconds(probe.number("initialDelaySeconds", 0, 0, Integer.MAX_VALUE)),
            Duration.ofSeconds(
                Math.max(1, probe.number("timeoutSeconds", 1, 0, Integer.MAX_VALUE))),
            Duration.ofSeconds(
                Math.max(1, probe.number("periodSeconds", 10, 0, Integer.MAX_VALUE))),
            (int) Math.max(1, probe.number("successThreshold", 1, 0, Integer.MAX_VALUE)),
            (int) Math.max(1, probe.number("failureThreshold", 1, 0, Integer.MAX_VALUE)),
            checks.isEmpty() ? new Check.Tcp("", 0) : checks.getFirst());
    if (checks.size() != 1) {
      probe.error(
          "httpGet",
          checks.size() + " ways to check are written",
          "write one of httpGet, tcpSocket, exec and grpc");
      return Optional.empty();
    }
    return Optional.of(read);
  }
}
