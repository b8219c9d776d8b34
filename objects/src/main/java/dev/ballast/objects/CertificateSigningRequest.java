package dev.ballast.objects;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A wish for a certificate, {@code certificates.k8s.io/v1}.
 *
 * @param request the PEM of the request in base64
 * @param signerName {@code kubernetes.io/kube-apiserver-client-kubelet} …
 * @param username who asked, as the API saw it; empty when nobody said
 * @param conditions status by type: {@code Approved}, {@code Denied}, {@code Failed}
 * @param certificate the PEM of the certificate in base64; empty until it is signed
 */
public record CertificateSigningRequest(
    Metadata metadata,
    String request,
    String signerName,
    List<String> usages,
    String username,
    List<String> groups,
    Map<String, String> conditions,
    String certificate)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<CertificateSigningRequest> KIND =
      new Kind<>(
          "certificates.k8s.io",
          "v1",
          "CertificateSigningRequest",
          "certificatesigningrequests",
          Kind.Scope.CLUSTER,
          CertificateSigningRequest.class,
          CertificateSigningRequest::read);

  public CertificateSigningRequest {
    usages = List.copyOf(usages);
    groups = List.copyOf(groups);
    conditions = Map.copyOf(conditions);
  }

  @Override
  public String group() {
    return KIND.group();
  }

  /** Returns a manifest of a request. */
  public static Manifest manifest(
      String name, byte[] pem, String signerName, List<String> usages, long seconds) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("request", Base64.getEncoder().encodeToString(pem));
    spec.put("signerName", signerName);
    spec.put("usages", usages);
    spec.put("expirationSeconds", seconds);
    return Manifest.of(KIND, name).with("spec", spec);
  }

  /** Returns the PEM of the certificate; empty until it is signed. */
  public Optional<byte[]> pem() {
    return certificate.isEmpty()
        ? Optional.empty()
        : Optional.of(Base64.getMimeDecoder().decode(certificate));
  }

  /** Returns whether a condition holds. */
  public boolean is(String condition) {
    return "True".equals(conditions.get(condition));
  }

  private static CertificateSigningRequest read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.CLUSTER);
    Optional<Fields> spec = object.object("spec").map(Fields::ignoreOthers);
    Optional<Fields> status = object.object("status").map(Fields::ignoreOthers);
    return new CertificateSigningRequest(
        metadata,
        spec.map(fields -> fields.text("request", "")).orElse(""),
        spec.map(fields -> fields.text("signerName", "")).orElse(""),
        spec.map(fields -> fields.texts("usages")).orElse(List.of()),
        spec.map(fields -> fields.text("username", "")).orElse(""),
        spec.map(fields -> fields.texts("groups")).orElse(List.of()),
        status.map(Statuses::conditions).orElse(Map.of()),
        status.map(fields -> fields.text("certificate", "")).orElse(""));
  }
}
