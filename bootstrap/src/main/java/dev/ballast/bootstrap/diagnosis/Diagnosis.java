package dev.ballast.bootstrap.diagnosis;

import dev.ballast.bootstrap.diagnosis.Cause.Kind;
import dev.ballast.bootstrap.machine.Programs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in the logs of a kubelet and of the static pods why they do not come up.
 *
 * @param kubelet the last lines of its log
 * @param pods the last lines of each pod's newest log
 */
public record Diagnosis(Supplier<List<String>> kubelet, Supplier<Map<String, List<String>>> pods) {
  private static final int TAIL = 64 << 10;
  private static final Pattern IMAGE =
      Pattern.compile(
          "(?:failed to pull(?: and unpack)? image|Failed to pull image|failed to get sandbox image|pulling image) \\\\*\"([^\"\\\\]+)");
  private static final Pattern PORT =
      Pattern.compile(
          "(?:listen tcp[46]? |bind: |listen on )\\S*?:(\\d+).*address already in use|address already in use.*?:(\\d+)");
  private static final Pattern FLAG =
      Pattern.compile("(unknown flag: \\S+|unknown shorthand flag: .*|invalid argument .*)");
  private static final Pattern CERTIFICATE = Pattern.compile("(x509: [^\"]+)");

  /**
   * Reads the logs of this machine.
   *
   * @param kubeletLog a file, where there is no journal
   */
  public static Diagnosis ofMachine(Optional<Path> kubeletLog, List<String> images) {
    long start = kubeletLog.map(Diagnosis::size).orElse(0L);
    return new Diagnosis(
        () -> kubeletLog.map(file -> tail(file, start)).orElseGet(Diagnosis::journal),
        Diagnosis::podLogs);
  }

  /** Returns the first cause that is found; the more certain ones come first. */
  public Optional<Cause> cause() {
    List<String> lines = kubelet.get();
    return ofKubelet(lines).or(() -> ofPods(pods.get())).or(() -> backOff(lines));
  }

  private static Optional<Cause> ofKubelet(List<String> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      String line = lines.get(i);
      String lower = line.toLowerCase(java.util.Locale.ROOT);
      if (lower.contains("running with swap on is not supported")) {
        return cause(
            Kind.SWAP,
            "the kubelet ended: swap is on",
            "swapoff -a; or set failSwapOn: false in KubeletConfiguration");
      }
      if (lower.contains("cgroup v1")
          && (lower.contains("unsupported")
              || lower.contains("not supported")
              || lower.contains("is deprecated") && lower.contains("failed to run"))) {
        return cause(
            Kind.CONFIGURATION,
            "the kubelet ended: this machine has cgroup v1, which it refuses",
            "boot with systemd.unified_cgroup_hierarchy=1, or set failCgroupV1: false in"
                + " KubeletConfiguration");
      }
      if (lower.contains("expected cgroupspath to be of format")
          || lower.contains("misconfiguration: kubelet cgroup driver")
          || lower.contains("systemd not running on this host")
          || lower.contains("cgroup driver") && lower.contains("different")) {
        return cause(
            Kind.CGROUP_DRIVER,
            "kubelet and container runtime use different cgroup drivers: " + shortened(line),
            "set SystemdCgroup = true in /etc/containerd/config.toml, or cgroupDriver: cgroupfs in"
                + " KubeletConfiguration");
      }
      Matcher flag = FLAG.matcher(line);
      if (flag.find()) {
        return cause(
            Kind.CONFIGURATION,
            "the kubelet ended: " + flag.group(1),
            "correct kubeletExtraArgs in nodeRegistration");
      }
      if (lower.contains("failed to load kubelet config file")
          || lower.contains("failed to validate kubelet configuration")) {
        return cause(
            Kind.CONFIGURATION,
            "the kubelet ended: " + shortened(line),
            "correct KubeletConfiguration in the --config file");
      }
      Matcher image = IMAGE.matcher(line);
      if (image.find()) {
        boolean pause = line.contains("sandbox image");
        return cause(
            Kind.IMAGE,
            (pause
                    ? "the runtime cannot get its pause image "
                    : "the runtime cannot get the image ")
                + image.group(1),
            pause
                ? "set sandbox_image in /etc/containerd/config.toml to one that can be had and restart"
                    + " containerd"
                : "import it: ctr -n k8s.io images import FILE; or choose another repository with"
                    + " --image-repository");
      }
      if (lower.contains("validate service connection")
          || lower.contains("unknown service runtime.v1")
          || lower.contains("containerd.sock: connect:")) {
        return cause(
            Kind.RUNTIME,
            "the kubelet cannot ask the container runtime: " + shortened(line),
            "systemctl restart containerd; see that /etc/containerd/config.toml does not disable"
                + " cri");
      }
      Matcher port = PORT.matcher(line);
      if (port.find()) {
        return port(port, "the kubelet");
      }
    }
    return Optional.empty();
  }

  private static Optional<Cause> ofPods(Map<String, List<String>> pods) {
    for (var pod : pods.entrySet()) {
      List<String> lines = pod.getValue();
      for (int i = lines.size() - 1; i >= Math.max(0, lines.size() - 40); i--) {
        String line = lines.get(i);
        Matcher port = PORT.matcher(line);
        if (port.find()) {
          return port(port, pod.getKey());
        }
        Matcher flag = FLAG.matcher(line);
        if (flag.find()) {
          return cause(
              Kind.CONFIGURATION,
              pod.getKey() + " ended: " + flag.group(1),
              "correct its extraArgs in ClusterConfiguration");
        }
        Matcher certificate = CERTIFICATE.matcher(line);
        boolean last = i == lines.size() - 1;
        if (last && certificate.find()) {
          return cause(
              Kind.CERTIFICATE,
              pod.getKey() + ": " + certificate.group(1),
              "see which: ballast certs check");
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Cause> backOff(List<String> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      Matcher matcher =
          Pattern.compile("CrashLoopBackOff.*?container=(\\S+) pod=(\\S+)").matcher(lines.get(i));
      if (matcher.find()) {
        return cause(
            Kind.BACK_OFF,
            "the kubelet waits before it starts " + matcher.group(1) + " again, which ended",
            "read the end of /var/log/pods/*" + matcher.group(1) + "*/*/*.log");
      }
    }
    return Optional.empty();
  }

  private static Optional<Cause> port(Matcher matcher, String who) {
    String port = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    return cause(
        Kind.PORT,
        who + " cannot listen: port " + port + " is taken",
        "see by what: ss -ltnp 'sport = :" + port + "'");
  }

  private static Optional<Cause> cause(Kind kind, String problem, String fix) {
    return Optional.of(new Cause(kind, problem, fix));
  }

  private static String shortened(String line) {
    String stripped = line.strip();
    return stripped.length() > 300 ? stripped.substring(0, 300) + "…" : stripped;
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<String> journal() {
    return Programs.find("journalctl").isEmpty()
        ? List.of()
        : Programs.run(
                Duration.ofSeconds(5),
                "journalctl",
                "-u",
                "kubelet",
                "-n",
                "200",
                "--since",
                "-60s",
                "--no-pager",
                "-o",
                "cat")
            .output()
            .lines()
            .toList();
  }

  /** Returns the last lines of a file, none from before a position. */
  private static List<String> tail(Path file, long start) {
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      long from = Math.max(start, in.length() - TAIL);
      if (from >= in.length()) {
        return List.of();
      }
      in.seek(from);
      byte[] bytes = new byte[(int) (in.length() - from)];
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static Map<String, List<String>> podLogs() {
    var logs = new LinkedHashMap<String, List<String>>();
    Path directory = Path.of("/var/log/pods");
    for (String component :
        List.of("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")) {
      newest(directory, component).ifPresent(file -> logs.put(component, tail(file, 0)));
    }
    return logs;
  }

  private static Optional<Path> newest(Path directory, String component) {
    var candidates = new ArrayList<Path>();
    try (var pods = Files.newDirectoryStream(directory, "kube-system_" + component + "-*")) {
      for (Path pod : pods) {
        Path container = pod.resolve(component);
        if (Files.isDirectory(container)) {
          try (var files = Files.newDirectoryStream(container, "*.log")) {
            files.forEach(candidates::add);
          }
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return candidates.stream().max(Comparator.comparingLong(file -> file.toFile().lastModified()));
  }
}
