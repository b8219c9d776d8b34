package dev.ballast.bootstrap.join;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.bootstrap.api.Pause;
import dev.ballast.bootstrap.cluster.BootstrapToken;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.certificates.config.GoDuration;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds the cluster that a machine is to join, and proves that it is the right one: by a signature
 * with a token that both know, and by the pin of its CA; or by a file that a person brought.
 *
 * @param discovery of a JoinConfiguration
 */
record Discovery(Map<String, Object> discovery, Duration limit, Consumer<String> narration) {
  private static final Duration ASK = Duration.ofSeconds(10);
  private static final String PATH = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

  static Discovery of(Map<String, Object> join, Consumer<String> narration) {
    return new Discovery(
        Data.mapAt(join, "discovery"),
        GoDuration.parse(Data.text(join, "timeouts", "discovery")).orElse(Duration.ofMinutes(5)),
        narration);
  }

  Discovered find() {
    boolean byToken = Data.at(discovery, "bootstrapToken").isPresent();
    boolean byFile = Data.at(discovery, "file").isPresent();
    if (byToken == byFile) {
      throw new BootstrapFailure(
          byToken
              ? "discovery.bootstrapToken and discovery.file are mutually exclusive"
              : "nothing says how to find the cluster",
          "give HOST:PORT with --token and --discovery-token-ca-cert-hash, or --discovery-file");
    }
    return byToken ? byToken() : byFile();
  }

  private Discovered byToken() {
    String endpoint = Data.text(discovery, "bootstrapToken", "apiServerEndpoint");
    String token = Data.text(discovery, "bootstrapToken", "token");
    List<String> pins = Data.textsAt(discovery, "bootstrapToken", "caCertHashes");
    boolean unpinned = Data.isTrue(discovery, "bootstrapToken", "unsafeSkipCAVerification");
    if (!BootstrapToken.isToken(token)) {
      throw new BootstrapFailure(
          "the token has not the form [a-z0-9]{6}.[a-z0-9]{16}",
          "print a new one on a control-plane node: ballast token create --print-join-command");
    }
    if (!endpoint.matches("(\\[[0-9a-fA-F:]+]|[^:/\\[\\]]+):\\d{1,5}")) {
      throw new BootstrapFailure(
          "the API server's address '" + endpoint + "' is not HOST:PORT",
          "write it as 10.0.0.1:6443");
    }
    if (pins.isEmpty() && !unpinned) {
      throw new BootstrapFailure(
          "without a pin of the CA, any machine could pretend to be this cluster",
          "give --discovery-token-ca-cert-hash sha256:…, or"
              + " --discovery-token-unsafe-skip-ca-verification");
    }
    for (String pin : pins) {
      if (!Pins.isPin(pin)) {
        throw new BootstrapFailure(
            "'" + pin + "' is not a pin: sha256: and 64 hexadecimal digits are expected",
            "print it on a control-plane node: ballast token create --print-join-command");
      }
    }
    String server = "https://" + endpoint;
    String text = signed(KubeApi.unverified(server, ASK), token);
    Kubeconfig kubeconfig = parsed(text);
    var authorities = kubeconfig.authorities();
    if (!pins.isEmpty() && !Pins.match(authorities, pins)) {
      throw new BootstrapFailure(
          "the CA of "
              + endpoint
              + " is not the pinned one: it has "
              + String.join(", ", authorities.stream().map(Pins::of).toList()),
          "if that is the CA of your cluster, give its pin; if not, something pretends to be it");
    }
    // Once more, now believing nobody but this CA.
    KubeApi trusted = KubeApi.of(kubeconfig, ASK);
    var again = trusted.get(PATH);
    if (!again.ok() || !text.equals(Data.text(again.object(), "data", "kubeconfig"))) {
      throw new BootstrapFailure(
          "the API server of "
              + trusted.server()
              + " does not prove itself with the CA that was found: "
              + (again.ok() ? "it gives another answer" : again.reason()),
          "see that the address in its cluster-info is right and reached from here");
    }
    return new Discovered(
        kubeconfig.server().orElse(server),
        Certificates.pem(authorities),
        Optional.of(tlsToken().orElse(token)),
        Optional.empty());
  }

  private Optional<String> tlsToken() {
    return Optional.of(Data.text(discovery, "tlsBootstrapToken")).filter(t -> !t.isEmpty());
  }

  /** Returns the public kubeconfig of a cluster that knows the token. */
  private String signed(KubeApi api, String token) {
    String id = token.substring(0, 6);
    long end = System.nanoTime() + limit.toNanos();
    String last = "";
    while (true) {
      var answer = api.get(PATH);
      String reason;
      if (answer.ok()) {
        Map<String, Object> object = answer.object();
        String text = Data.text(object, "data", "kubeconfig");
        String jws = Data.text(object, "data", "jws-kubeconfig-" + id);
        if (!jws.isEmpty()) {
          if (Signature.verifies(jws, text, id, token.substring(7))) {
            return text;
          }
          throw new BootstrapFailure(
              "the token is not the one that the cluster knows as " + id,
              "print a new one on a control-plane node: ballast token create"
                  + " --print-join-command");
        }
        reason = "the cluster does not know the token " + id + ": it is wrong, or has expired";
        // The signature of a new token takes a moment.
        end = Math.min(end, System.nanoTime() + Duration.ofSeconds(15).toNanos());
      } else {
        reason = "cannot read the cluster-info of " + api.server() + ": " + answer.reason();
      }
      if (!reason.equals(last)) {
        narration.accept("[discovery] " + reason + "; trying again");
        last = reason;
      }
      if (System.nanoTime() > end) {
        throw new BootstrapFailure(
            reason,
            answer.ok()
                ? "print a new one on a control-plane node: ballast token create"
                    + " --print-join-command"
                : "see that the address is right and that no firewall is between");
      }
      Pause.of(Duration.ofSeconds(1));
    }
  }

  private static Kubeconfig parsed(String text) {
    return Kubeconfigs.ofClusterAlone(text);
  }

  private Discovered byFile() {
    String path = Data.text(discovery, "file", "kubeConfigPath");
    if (path.startsWith("https://") || path.startsWith("http://")) {
      throw new BootstrapFailure(
          "discovery from a URL is not supported", "fetch it: curl -fo cluster.conf " + path);
    }
    Path file = Path.of(path);
    String text = new String(PkiFiles.readNamed(file), StandardCharsets.UTF_8);
    Map<String, Object> data = Data.parse(path, text);
    boolean hasUser = !Data.mapsAt(data, "users").isEmpty();
    Kubeconfig kubeconfig = hasUser ? Kubeconfig.read(file) : Kubeconfigs.ofClusterAlone(text);
    if (!hasUser && tlsToken().isEmpty()) {
      throw new BootstrapFailure(
          file + " says where the cluster is, but not who this machine is",
          "give --tls-bootstrap-token, or a kubeconfig with a user");
    }
    return new Discovered(
        kubeconfig
            .server()
            .orElseThrow(() -> new BootstrapFailure(file + " names no server", "correct the file")),
        Certificates.pem(kubeconfig.authorities()),
        tlsToken(),
        tlsToken().isPresent() ? Optional.empty() : Optional.of(text));
  }
}
