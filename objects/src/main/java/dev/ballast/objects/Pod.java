package dev.ballast.objects;

import java.util.List;

/** A pod, {@code v1}: where it is, who it is, and whether it can serve. */
public record Pod(Metadata metadata, Spec spec, Status status) implements KubernetesObject {
  /** The kind. */
  public static final Kind<Pod> KIND =
      new Kind<>("", "v1", "Pod", "pods", Kind.Scope.NAMESPACED, Pod.class, Pod::read);

  /**
   * @param nodeName empty while the pod has no node
   * @param serviceAccount {@code default} when it is not written
   */
  public record Spec(String nodeName, String serviceAccount, boolean hostNetwork) {}

  /**
   * @param ips the addresses of the pod; empty while it has none
   * @param phase {@code Pending}, {@code Running}, {@code Succeeded} and so on; empty when unknown
   * @param ready the condition Ready
   */
  public record Status(List<String> ips, String phase, boolean ready) {
    public Status {
      ips = List.copyOf(ips);
    }
  }

  /** Whether the pod has ended for good. */
  public boolean hasEnded() {
    return status.phase().equals("Succeeded") || status.phase().equals("Failed");
  }

  private static Pod read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    Spec spec =
        object
            .object("spec")
            .map(fields -> {
              Spec read =
                  new Spec(
                      fields.text("nodeName", ""),
                      fields.text("serviceAccountName", "default"),
                      fields.bool("hostNetwork").orElse(false));
              fields.ignoreOthers();
              return read;
            })
            .orElse(new Spec("", "default", false));
    Status status =
        object.object("status").map(Pod::status).orElse(new Status(List.of(), "", false));
    return new Pod(metadata, spec, status);
  }

  private static Status status(Fields fields) {
    List<String> ips =
        fields.objects("podIPs", each -> each.text("ip", "")).stream()
            .filter(ip -> !ip.isEmpty())
            .toList();
    if (ips.isEmpty()) {
      ips = fields.text("podIP").filter(ip -> !ip.isEmpty()).map(List::of).orElse(List.of());
    }
    boolean ready =
        fields
            .objects(
                "conditions",
                condition -> {
                  boolean is =
                      condition.text("type", "").equals("Ready")
                          && condition.text("status", "").equals("True");
                  condition.ignoreOthers();
                  return is;
                })
            .contains(true);
    Status status = new Status(ips, fields.text("phase", ""), ready);
    fields.ignoreOthers();
    return status;
  }
}
