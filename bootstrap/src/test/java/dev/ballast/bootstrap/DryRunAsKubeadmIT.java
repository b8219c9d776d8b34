package dev.ballast.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bootstrap.config.ConfigurationFile;
import dev.ballast.bootstrap.config.Defaults;
import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.init.InitPhases;
import dev.ballast.bootstrap.init.InitRun;
import dev.ballast.bootstrap.machine.KubeletUnit;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.preflight.Preflight;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every file and object of a dry run, field by field beside those of the real kubeadm. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DryRunAsKubeadmIT {
  private static final Pattern OBJECT =
      Pattern.compile(
          "Would perform action (?:CREATE|UPDATE) on resource[^\\n]*\\n(?:\\[dryrun] Resource name[^\\n]*\\n)?"
              + "\\[dryrun] Attached object:\\n(.*?)(?=\\n\\n|\\n\\[|\\z)",
          Pattern.DOTALL);
  private static final List<String> FILES =
      List.of(
          "etcd.yaml",
          "kube-apiserver.yaml",
          "kube-controller-manager.yaml",
          "kube-scheduler.yaml",
          "config.yaml",
          "instance-config.yaml");

  @TempDir Path directory;

  private static String configuration(String form, String version) {
    String head =
        """
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: InitConfiguration
        bootstrapTokens: [{token: abcdef.0123456789abcdef}]
        localAPIEndpoint: {advertiseAddress: %s}
        nodeRegistration: {name: node1}
        ---
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        encryptionAlgorithm: ECDSA-P256
        kubernetesVersion: %s
        """;
    return switch (form) {
      case "plain" -> head.formatted("10.77.0.11", version);
      case "rich" ->
          head.formatted("10.77.0.11", version)
                  .replace(
                      "nodeRegistration: {name: node1}",
                      "timeouts: {controlPlaneComponentHealthCheck: 95s}\nnodeRegistration: {name: node1, taints: [], kubeletExtraArgs: [{name: node-ip, value: 10.77.0.11}, {name: v, value: \"4\"}]}")
              + """
              clusterName: rack
              controlPlaneEndpoint: api.example.org:8443
              imageRepository: registry.example.org/k8s
              certificateValidityPeriod: 1000h
              networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.100.0.0/16, dnsDomain: rack.local}
              apiServer:
                certSANs: [10.9.9.9, extra.example.org]
                extraArgs: [{name: audit-log-path, value: /var/log/audit}, {name: v, value: "3"}, {name: secure-port, value: "6443"}]
                extraEnvs: [{name: B, value: b}, {name: A, value: a}]
                extraVolumes: [{name: audit, hostPath: /var/log/k8s, mountPath: /var/log/audit, pathType: DirectoryOrCreate}, {name: ro, hostPath: /opt/x, mountPath: /opt/x, readOnly: true, pathType: Directory}]
              controllerManager:
                extraArgs: [{name: bind-address, value: 0.0.0.0}]
              scheduler:
                extraArgs: [{name: bind-address, value: 10.77.0.11}]
              dns: {imageRepository: registry.example.org/dns, imageTag: v9}
              etcd:
                local:
                  dataDir: /data/etcd
                  imageTag: 3.6.99-0
                  serverCertSANs: [etcd.example.org]
                  extraArgs: [{name: listen-metrics-urls, value: "http://0.0.0.0:2381"}, {name: quota-backend-bytes, value: "100"}]
              ---
              apiVersion: kubelet.config.k8s.io/v1beta1
              kind: KubeletConfiguration
              cgroupDriver: cgroupfs
              failSwapOn: false
              runtimeRequestTimeout: 90s
              evictionHard: {memory.available: 50Mi}
              ---
              apiVersion: kubeproxy.config.k8s.io/v1alpha1
              kind: KubeProxyConfiguration
              mode: nftables
              conntrack: {maxPerCore: 0, tcpCloseWaitTimeout: 90s}
              """;
      case "ipv6" ->
          head.formatted("fd00:77::11", version)
              + "networking: {podSubnet: 'fd00:244::/64', serviceSubnet: 'fd00:96::/112'}\n";
      default ->
          head.formatted("10.77.0.11", version)
              + """
              etcd:
                external:
                  endpoints: [https://10.9.0.1:2379, https://10.9.0.2:2379]
                  caFile: /opt/etcd/ca.crt
                  certFile: /opt/etcd/client.crt
                  keyFile: /opt/etcd/client.key
              dns: {disabled: true}
              proxy: {disabled: true}
              """;
    };
  }

  @ParameterizedTest(name = "{1} of {0}")
  @CsvSource({
    "kubeadm, plain",
    "kubeadm, rich",
    "kubeadm, ipv6",
    "kubeadm, external",
    "kubeadm-1.35, plain",
    "kubeadm-1.35, rich",
    "kubeadm-1.35, external",
    "kubeadm-1.37, external",
    "kubeadm-1.37, plain",
    "kubeadm-1.37, rich"
  })
  void files_and_objects_are_equal(String program, String form) throws Exception {
    Path kubeadm =
        program.equals("kubeadm")
            ? ReferenceProgram.ofGoModule(program)
            : ReferenceProgram.optional(program);
    String version = Ran.ok(kubeadm.toString(), "version", "-o", "short").strip();
    Path file = Files.writeString(directory.resolve("init.yaml"), configuration(form, version));

    Path theirs = Files.createDirectory(directory.resolve("theirs"));
    String printed = kubeadm(kubeadm, file, theirs);
    Path ours = Files.createDirectory(directory.resolve("ours"));
    dryRun(file, version, ours);

    for (String name : FILES) {
      if (Files.exists(theirs.resolve(name)) || Files.exists(ours.resolve(name))) {
        assertThat(parsed(ours.resolve(name))).as(name).isEqualTo(parsed(theirs.resolve(name)));
      }
    }
    assertThat(ours.resolve("kubeadm-flags.env"))
        .hasSameTextualContentAs(theirs.resolve("kubeadm-flags.env"));
    var made = objects(Data.parseAll("ours", Files.readString(ours.resolve("objects.yaml"))));
    var wanted = objects(attached(printed));
    assertThat(made.keySet()).isEqualTo(wanted.keySet());
    wanted.forEach((name, object) -> assertThat(made.get(name)).as(name).isEqualTo(object));
  }

  private static Map<String, Object> parsed(Path file) throws Exception {
    return Data.parse(file.toString(), Files.readString(file));
  }

  private static String kubeadm(Path kubeadm, Path file, Path into) throws Exception {
    return Ran.of(
            Path.of("/"),
            Map.of("KUBEADM_INIT_DRYRUN_DIR", into.toString()),
            List.of(
                kubeadm.toString(),
                "init",
                "--dry-run",
                // Another machine's files, and the Internet, do not matter here.
                "--skip-phases=preflight",
                "--config=" + file),
            "")
        .orFail();
  }

  private static void dryRun(Path file, String version, Path into) {
    NodeDefaults node = NodeDefaults.read();
    Settings settings =
        new Defaults(node.nodeName(), "127.0.0.1", () -> "aaaaaa.0123456789abcdef", false)
            .settings(ConfigurationFile.read(file), KubernetesVersion.parse(version))
            .validated();
    InitPhases.ALL.run(
        new InitRun(
            settings,
            NodeFiles.dry(into),
            true,
            "none",
            KubeletUnit.SYSTEMD,
            Optional.empty(),
            node.nodeName(),
            new Preflight(List.of(), Set.of(), _ -> {}),
            new KeyForge(new SecureRandom(), Thread::new, 2),
            Instant.now(),
            false,
            _ -> {},
            List.of()),
        Set.of());
  }

  private static List<Map<String, Object>> attached(String printed) {
    var all = new ArrayList<Map<String, Object>>();
    var matcher = OBJECT.matcher(printed);
    while (matcher.find()) {
      all.add(Data.parse("kubeadm", matcher.group(1)));
    }
    return all;
  }

  /** By kind and name, without what every run makes new and what only a server fills in. */
  private static Map<String, Object> objects(List<Map<String, Object>> all) {
    var sorted = new TreeMap<String, Object>();
    for (Map<String, Object> object : all) {
      Map<String, Object> copy = Data.copy(object);
      copy.remove("status");
      Map<String, Object> metadata = Data.mapAt(copy, "metadata");
      metadata.remove("creationTimestamp");
      metadata.remove("resourceVersion");
      copy.put("metadata", metadata);
      String name =
          Data.text(copy, "kind") + " " + metadata.get("namespace") + "/" + metadata.get("name");
      if (Data.text(copy, "kind").equals("Secret")) {
        Map<String, Object> data = Data.mapAt(copy, "data");
        data.remove("expiration");
        copy.put("data", data);
      }
      if (name.equals("ConfigMap kube-public/cluster-info")) {
        Map<String, Object> kubeconfig =
            Data.parse("cluster-info", Data.text(copy, "data", "kubeconfig"));
        kubeconfig.put(
            "clusters",
            Data.mapsAt(kubeconfig, "clusters").stream()
                .map(cluster -> Data.text(cluster, "cluster", "server"))
                .toList());
        copy.put("data", kubeconfig);
      }
      // kubeadm makes it before its dry run begins to print.
      if (!name.endsWith("/kubeadm:cluster-admins")) {
        sorted.put(name, copy);
      }
    }
    return sorted;
  }
}
