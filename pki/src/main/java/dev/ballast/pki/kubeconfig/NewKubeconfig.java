package dev.ballast.pki.kubeconfig;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A kubeconfig with one cluster, one context and one user, in the bytes that client-go writes.
 *
 * @param clusterName such as {@code kubernetes}
 * @param server the URL of the API server
 * @param authoritiesPem what the server's certificate is checked against; empty when it is not
 *     known yet
 * @param userName such as {@code kubernetes-admin}
 * @param credentials how the user proves itself
 */
public record NewKubeconfig(
    String clusterName,
    String server,
    String authoritiesPem,
    String userName,
    Credentials credentials) {

  /** How a user proves itself. Neither form prints its secret. */
  public sealed interface Credentials {
    /** A certificate and its key, both PEM. */
    record Certificate(String certificatesPem, String keyPem) implements Credentials {
      @Override
      public String toString() {
        return "certificate and key";
      }
    }

    /** A key whose certificate is still to come. */
    record KeyAlone(String keyPem) implements Credentials {
      @Override
      public String toString() {
        return "key";
      }
    }

    /** Files that hold the certificate and the key, as kubelet.conf has them. */
    record Files(String certificate, String key) implements Credentials {}

    /** A bearer token. */
    record Token(String token) implements Credentials {
      @Override
      public String toString() {
        return "token";
      }
    }
  }

  public String text() {
    return "apiVersion: v1\n"
        + "clusters:\n"
        + "- cluster:\n"
        + authority()
        + "    server: "
        + YamlScalar.of(server)
        + "\n"
        + "  name: "
        + YamlScalar.of(clusterName)
        + "\n"
        + "contexts:\n"
        + "- context:\n"
        + "    cluster: "
        + YamlScalar.of(clusterName)
        + "\n"
        + "    user: "
        + YamlScalar.of(userName)
        + "\n"
        + "  name: "
        + YamlScalar.of(contextName())
        + "\n"
        + "current-context: "
        + YamlScalar.of(contextName())
        + "\n"
        + "kind: Config\n"
        + "users:\n"
        + "- name: "
        + YamlScalar.of(userName)
        + "\n"
        + "  user:\n"
        + user();
  }

  private String authority() {
    return authoritiesPem.isEmpty()
        ? ""
        : "    certificate-authority-data: " + base64(authoritiesPem) + "\n";
  }

  private String contextName() {
    return userName + "@" + clusterName;
  }

  private String user() {
    return switch (credentials) {
      case Credentials.Certificate c ->
          "    client-certificate-data: "
              + base64(c.certificatesPem())
              + "\n"
              + "    client-key-data: "
              + base64(c.keyPem())
              + "\n";
      case Credentials.KeyAlone k -> "    client-key-data: " + base64(k.keyPem()) + "\n";
      case Credentials.Files f ->
          "    client-certificate: "
              + YamlScalar.of(f.certificate())
              + "\n"
              + "    client-key: "
              + YamlScalar.of(f.key())
              + "\n";
      case Credentials.Token t -> "    token: " + YamlScalar.of(t.token()) + "\n";
    };
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
