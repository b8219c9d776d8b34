package dev.ballast.bootstrap.join;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.bootstrap.api.Pause;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.diagnosis.Cause;
import dev.ballast.bootstrap.diagnosis.Diagnosis;
import dev.ballast.bootstrap.init.NodeObject;
import dev.ballast.bootstrap.init.PodNetwork;
import dev.ballast.bootstrap.machine.KubeletFiles;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.phase.Phase;
import dev.ballast.bootstrap.phase.Phases;
import dev.ballast.certificates.config.GoDuration;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The phases of {@code join} of a worker. */
public final class JoinPhases {
  private static final Duration ASK = Duration.ofSeconds(10);
  private static final Duration LASTS = Duration.ofSeconds(20);

  private JoinPhases() {}

  /** All of them. */
  public static final Phases<JoinRun> ALL =
      new Phases<>(
          "ballast join",
          List.of(
              Phase.of("preflight", "Run join pre-flight checks", JoinPhases::preflight),
              Phase.of(
                  "kubelet-start",
                  "Write kubelet settings, certificates and (re)start the kubelet",
                  JoinPhases::startKubelet),
              Phase.of(
                  "kubelet-wait-bootstrap",
                  "Wait for the kubelet to get its certificate",
                  JoinPhases::awaitKubelet),
              Phase.of("cni", "Install a pod network on this node", JoinPhases::network)));

  private static void preflight(JoinRun run) {
    run.say("[preflight] Running pre-flight checks");
    run.preflight().run(Files.exists(marker(run)));
    run.cluster();
    run.say(
        "[preflight] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace"
            + " \"kube-system\"...");
    var answer = api(run).get("/api/v1/nodes/" + run.nodeName());
    if (answer.ok() && NodeObject.isReady(answer.object())) {
      throw new BootstrapFailure(
          "a Node with name \""
              + run.nodeName()
              + "\" and status \"Ready\" already exists in the cluster",
          "delete it: kubectl delete node " + run.nodeName() + "; or choose another --node-name");
    }
    if (answer.code() == 401) {
      throw new BootstrapFailure(
          "the cluster does not accept the token: " + answer.reason(),
          "print a new one on a control-plane node: ballast token create --print-join-command");
    }
  }

  private static Path marker(JoinRun run) {
    return run.files().kubernetes().resolve(".ballast-join");
  }

  private static KubeApi api(JoinRun run) {
    return KubeApi.of(
        Kubeconfig.parse(Path.of("bootstrap-kubelet.conf"), Kubeconfigs.bootstrap(run.cluster())),
        ASK);
  }

  private static Map<String, Object> stored(KubeApi api, String name, String key) {
    var answer = api.get("/api/v1/namespaces/kube-system/configmaps/" + name);
    if (!answer.ok()) {
      throw new BootstrapFailure(
          "cannot read the ConfigMap kube-system/" + name + ": " + answer.reason(),
          answer.code() == 401
              ? "the token is wrong or has expired; print a new one on a control-plane node:"
                  + " ballast token create --print-join-command"
              : "store it again on a control-plane node: ballast init phase upload-config all");
    }
    return Data.parse(name, Data.text(answer.object(), "data", key));
  }

  private static void startKubelet(JoinRun run) {
    KubeApi api = api(run);
    Map<String, Object> cluster = stored(api, "kubeadm-config", "ClusterConfiguration");
    Map<String, Object> kubelet = stored(api, "kubelet-config", "kubelet");
    KubernetesVersion version = KubernetesVersion.parse(Data.text(cluster, "kubernetesVersion"));
    Data.put(
        kubelet, Data.text(run.join(), "caCertPath"), "authentication", "x509", "clientCAFile");
    NodeFiles.write(marker(run), "\n", PkiFiles.SECRET);
    NodeFiles.write(run.caFile(), run.cluster().caPem(), PkiFiles.PUBLIC);
    Path own = run.files().kubeconfig("kubelet.conf");
    if (Files.notExists(own)) {
      NodeFiles.write(
          run.files().kubeconfig("bootstrap-kubelet.conf"),
          Kubeconfigs.bootstrap(run.cluster()),
          PkiFiles.SECRET);
    }
    run.say(
        "[kubelet-start] Writing kubelet configuration to file \""
            + run.files().kubeletConfiguration()
            + "\"");
    run.say(
        "[kubelet-start] Writing kubelet environment file with flags to file \""
            + run.files().kubeletFlags()
            + "\"");
    new KubeletFiles(
            kubelet,
            Data.mapAt(run.join(), "nodeRegistration"),
            run.arguments(),
            run.hostName(),
            version,
            Data.text(cluster, "imageRepository") + "/pause:" + version.pauseTag())
        .write(run.files(), true);
    if (run.dry()) {
      return;
    }
    // The kubelet looks at this directory whether there is anything or not.
    NodeFiles.privateDirectory(run.files().manifests(), "rwxrwxr-x");
    run.kubelet().begin(run::say);
  }

  private static void awaitKubelet(JoinRun run) {
    if (run.dry()) {
      return;
    }
    Duration limit =
        GoDuration.parse(Data.text(run.join(), "timeouts", "tlsBootstrap"))
            .orElse(Duration.ofMinutes(5));
    run.say("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap...");
    var diagnosis = Diagnosis.ofMachine(run.kubeletLog(), List.of());
    Path own = run.files().kubeconfig("kubelet.conf");
    long begun = System.nanoTime();
    long since = begun;
    Optional<Cause> last = Optional.empty();
    while (Files.notExists(own)) {
      Optional<Cause> found = diagnosis.cause();
      if (!found.map(Cause::kind).equals(last.map(Cause::kind))) {
        found.ifPresent(cause -> run.say("[kubelet-start] " + cause.text()));
        last = found;
        since = System.nanoTime();
      }
      boolean lasts = found.isPresent() && System.nanoTime() - since > LASTS.toNanos();
      if (lasts || System.nanoTime() - begun > limit.toNanos()) {
        throw found
            .map(cause -> new BootstrapFailure(cause.problem(), cause.fix()))
            .orElseGet(() ->
                new BootstrapFailure(
                    "the kubelet got no certificate within " + limit.toSeconds() + " s",
                    "read journalctl -u kubelet, and on a control-plane node kubectl get csr"));
      }
      Pause.of(Duration.ofMillis(200));
    }
    try {
      Files.deleteIfExists(run.files().kubeconfig("bootstrap-kubelet.conf"));
      Files.deleteIfExists(marker(run));
    } catch (IOException e) {
      run.say("[kubelet-start] WARNING: cannot remove " + e.getMessage());
    }
  }

  private static void network(JoinRun run) {
    if (!run.dry() && run.cni().equals("bridge")) {
      PodNetwork.installBridge(
          KubeApi.of(Kubeconfig.read(run.files().kubeconfig("kubelet.conf")), ASK),
          run.nodeName(),
          run.files().cni(),
          run::say);
    }
    if (!run.dry()) {
      run.say("");
      run.say("This node has joined the cluster:");
      run.say("* Certificate signing request was sent to apiserver and a response was received.");
      run.say("* The Kubelet was informed of the new secure connection details.");
      run.say("");
      run.say("Run 'kubectl get nodes' on the control-plane to see this node join the cluster.");
    }
  }
}
