package dev.ballast.bootstrap.init;

import dev.ballast.bootstrap.join.Pins;
import java.security.cert.X509Certificate;
import java.util.List;

/** What a person types on a machine that is to join; kubeadm takes the same words. */
public final class JoinCommand {
  private JoinCommand() {}

  /**
   * @param endpoint host and port
   * @param authorities the cluster's CA
   */
  public static String text(String endpoint, String token, List<X509Certificate> authorities) {
    var text = new StringBuilder("ballast join " + endpoint + " --token " + token);
    authorities.forEach(
        ca -> text.append(" \\\n\t--discovery-token-ca-cert-hash ").append(Pins.of(ca)));
    return text.toString();
  }
}
