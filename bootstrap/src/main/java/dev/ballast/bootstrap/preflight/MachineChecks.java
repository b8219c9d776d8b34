package dev.ballast.bootstrap.preflight;

import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.machine.Programs;
import dev.ballast.bootstrap.preflight.Preflight.Check;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** The checks of kubeadm, by its names. */
public final class MachineChecks {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int CONTROL_PLANE_CPUS = 2;
  private static final long CONTROL_PLANE_MEGABYTES = 1700;
  private static final int KUBELET_PORT = 10250;
  private static final Pattern MINOR = Pattern.compile("v1\\.(\\d+)\\.");

  private MachineChecks() {}

  private static Check check(Supplier<List<Finding>> run) {
    return new Check(false, run);
  }

  private static Check ownWork(Supplier<List<Finding>> run) {
    return new Check(true, run);
  }

  /** Returns those of a first control-plane node. */
  public static List<Check> ofInit(Settings settings, boolean pullsImages) {
    var checks = new ArrayList<Check>();
    checks.add(check(MachineChecks::privileged));
    checks.add(check(MachineChecks::processors));
    checks.add(check(MachineChecks::memory));
    checks.add(check(() -> firewalld(settings.bindPort())));
    for (int port : new int[] {settings.bindPort(), 10259, 10257}) {
      checks.add(ownWork(() -> port(port)));
    }
    for (String name :
        List.of("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")) {
      checks.add(
          ownWork(() -> fileAvailable(Path.of("/etc/kubernetes/manifests/" + name + ".yaml"))));
    }
    checks.add(check(() -> proxy(settings.advertiseAddress())));
    common(
        checks,
        Data.mapAt(settings.init(), "nodeRegistration"),
        settings.kubelet(),
        settings.version());
    checks.add(check(() -> forwarding(settings.isIpv6())));
    if (settings.hasExternalEtcd()) {
      for (String field : List.of("caFile", "certFile", "keyFile")) {
        String file = Data.text(settings.cluster(), "etcd", "external", field);
        if (!file.isEmpty()) {
          checks.add(
              check(() ->
                  Files.exists(Path.of(file))
                      ? List.of()
                      : List.of(
                          Finding.error(
                              "ExternalEtcdClientCertificates",
                              file + " doesn't exist",
                              "bring it from the machine that made etcd's certificates"))));
        }
      }
    } else {
      checks.add(ownWork(() -> port(2379)));
      checks.add(ownWork(() -> port(2380)));
      checks.add(ownWork(() -> directoryAvailable(Path.of(settings.etcdDataDir()))));
    }
    if (pullsImages) {
      checks.add(check(() -> new Images(settings.images()).check()));
      checks.add(check(() -> PauseImage.check(settings.pauseImage())));
    }
    return checks;
  }

  /** Returns those of a worker that joins. */
  public static List<Check> ofJoin(Map<String, Object> registration, Path caFile) {
    var checks = new ArrayList<Check>();
    checks.add(check(MachineChecks::privileged));
    checks.add(ownWork(() -> fileAvailable(Path.of("/etc/kubernetes/kubelet.conf"))));
    checks.add(ownWork(() -> fileAvailable(Path.of("/etc/kubernetes/bootstrap-kubelet.conf"))));
    checks.add(ownWork(() -> fileAvailable(caFile)));
    common(checks, registration, Map.of(), KubernetesVersion.NEWEST);
    checks.add(check(() -> forwarding(false)));
    return checks;
  }

  private static void common(
      List<Check> checks,
      Map<String, Object> registration,
      Map<String, Object> kubelet,
      KubernetesVersion version) {
    checks.add(check(() -> runtime(Data.text(registration, "criSocket"))));
    checks.add(check(() -> swap(kubelet)));
    for (String program : List.of("losetup", "mount", "cp")) {
      checks.add(check(() -> program(program)));
    }
    checks.add(check(MachineChecks::system));
    checks.add(check(() -> hostname(Data.text(registration, "name"))));
    checks.add(check(() -> kubeletVersion(version)));
    checks.add(check(MachineChecks::kubeletService));
    checks.add(ownWork(() -> port(KUBELET_PORT)));
  }

  private static List<Finding> privileged() {
    return "root".equals(System.getProperty("user.name"))
        ? List.of()
        : List.of(Finding.error("IsPrivilegedUser", "user is not running as root", "use sudo"));
  }

  private static List<Finding> processors() {
    int found = Runtime.getRuntime().availableProcessors();
    return found >= CONTROL_PLANE_CPUS
        ? List.of()
        : List.of(
            Finding.error(
                "NumCPU",
                "the number of available CPUs "
                    + found
                    + " is less than the required "
                    + CONTROL_PLANE_CPUS,
                "give the machine another"));
  }

  private static List<Finding> memory() {
    long megabytes =
        lines("/proc/meminfo").stream()
            .filter(line -> line.startsWith("MemTotal:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
            .findFirst()
            .orElse(Long.MAX_VALUE);
    return megabytes >= CONTROL_PLANE_MEGABYTES
        ? List.of()
        : List.of(
            Finding.error(
                "Mem",
                "the system RAM ("
                    + megabytes
                    + " MB) is less than the minimum "
                    + CONTROL_PLANE_MEGABYTES
                    + " MB",
                "give the machine more"));
  }

  private static List<Finding> firewalld(int port) {
    return Programs.find("firewall-cmd").isPresent()
            && Programs.run(LIMIT, "firewall-cmd", "--state").succeeded()
        ? List.of(
            Finding.warning(
                "Firewalld",
                "firewalld is active, please ensure ports ["
                    + port
                    + " "
                    + KUBELET_PORT
                    + "] are open or your cluster may not function correctly",
                "firewall-cmd --permanent --add-port=" + port + "/tcp --add-port=10250/tcp"))
        : List.of();
  }

  private static List<Finding> port(int port) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      return List.of();
    } catch (IOException e) {
      return List.of(
          Finding.error(
              "Port-" + port,
              "Port " + port + " is in use",
              "see by what: ss -ltnp 'sport = :"
                  + port
                  + "'; when that is an old cluster: ballast reset"));
    }
  }

  private static List<Finding> fileAvailable(Path file) {
    return Files.notExists(file)
        ? List.of()
        : List.of(
            Finding.error(
                "FileAvailable-" + file.toString().replace('/', '-'),
                file + " already exists",
                "this machine is a node already; take it out first: ballast reset"));
  }

  private static List<Finding> directoryAvailable(Path directory) {
    try (var entries =
        Files.exists(directory) ? Files.list(directory) : java.util.stream.Stream.<Path>of()) {
      return entries.findAny().isEmpty()
          ? List.of()
          : List.of(
              Finding.error(
                  "DirAvailable-" + directory.toString().replace('/', '-'),
                  directory + " is not empty",
                  "it holds the data of a cluster; save it, then: ballast reset"));
    } catch (IOException e) {
      return List.of(
          Finding.error(
              "DirAvailable-" + directory.toString().replace('/', '-'),
              "cannot read " + directory + ": " + e.getMessage(),
              "run as root"));
    }
  }

  private static List<Finding> proxy(String address) {
    String proxy =
        System.getenv()
            .getOrDefault("HTTPS_PROXY", System.getenv().getOrDefault("https_proxy", ""));
    String without =
        System.getenv().getOrDefault("NO_PROXY", System.getenv().getOrDefault("no_proxy", ""));
    return proxy.isEmpty() || without.contains(address)
        ? List.of()
        : List.of(
            Finding.warning(
                "HTTPProxy",
                "Connection to \"https://"
                    + address
                    + "\" uses proxy \""
                    + proxy.replaceAll("//[^@/]*@", "//…@")
                    + "\". If that is not intended, adjust your proxy settings",
                "export NO_PROXY=" + (without.isEmpty() ? "" : without + ",") + address));
  }

  private static List<Finding> runtime(String socket) {
    Path path = Path.of(socket.replaceFirst("^unix://", ""));
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException | UnsupportedOperationException e) {
      return List.of(
          Finding.error(
              "CRI",
              "container runtime is not running: " + path + ": " + e.getMessage(),
              "systemctl start containerd; where it is not installed: apt-get install containerd"));
    }
    Path configuration = Path.of("/etc/containerd/config.toml");
    boolean disabled =
        path.toString().contains("containerd")
            && lines(configuration.toString()).stream()
                .anyMatch(line ->
                    line.matches(
                        "\\s*disabled_plugins\\s*=.*[\"'](io\\.containerd\\.grpc\\.v1\\.)?cri[\"'].*"));
    return disabled
        ? List.of(
            Finding.error(
                "CRI",
                configuration + " disables containerd's CRI plugin, which the kubelet asks",
                "take cri out of disabled_plugins there and restart containerd"))
        : List.of();
  }

  private static List<Finding> swap(Map<String, Object> kubelet) {
    long used = lines("/proc/swaps").stream().skip(1).filter(line -> !line.isBlank()).count();
    return used == 0
        ? List.of()
        : List.of(
            new Finding(
                "Swap",
                !Boolean.FALSE.equals(kubelet.get("failSwapOn")),
                "running with swap on is not supported, please disable swap or set kubelet's"
                    + " failSwapOn to false",
                "swapoff -a, and take the swap lines out of /etc/fstab"));
  }

  private static List<Finding> program(String name) {
    return Programs.find(name).isPresent()
        ? List.of()
        : List.of(
            Finding.error(
                "FileExisting-" + name,
                name + " not found in system path",
                "install it: apt-get install -y " + (name.equals("cp") ? "coreutils" : "mount")));
  }

  private static List<Finding> system() {
    var missing = new ArrayList<String>();
    for (String line : lines("/proc/cgroups")) {
      String[] words = line.split("\\s+");
      if (List.of("cpu", "cpuset", "memory", "pids").contains(words[0])
          && words[words.length - 1].equals("0")) {
        missing.add(words[0]);
      }
    }
    return missing.isEmpty()
        ? List.of()
        : List.of(
            Finding.error(
                "SystemVerification",
                "missing cgroups: " + String.join(" ", missing),
                "boot with cgroup_enable=" + String.join(",", missing)));
  }

  private static List<Finding> hostname(String name) {
    if (Files.exists(Path.of("/etc/hosts"))
        && lines("/etc/hosts").stream()
            .anyMatch(line -> List.of(line.strip().split("\\s+")).contains(name))) {
      return List.of();
    }
    try {
      InetAddress _ = InetAddress.getByName(name);
      return List.of();
    } catch (UnknownHostException e) {
      return List.of(
          Finding.warning(
              "Hostname",
              "hostname \"" + name + "\" could not be reached",
              "add it to /etc/hosts, or to DNS"));
    }
  }

  private static List<Finding> kubeletVersion(KubernetesVersion wanted) {
    var answer = Programs.run(LIMIT, "kubelet", "--version");
    var matcher = MINOR.matcher(answer.output());
    if (!answer.succeeded() || !matcher.find()) {
      return List.of(
          Finding.error(
              "KubeletVersion",
              "couldn't get kubelet version: " + answer.output().strip(),
              "install the kubelet of 1." + wanted.minor() + " and put it on the PATH"));
    }
    int minor = Integer.parseInt(matcher.group(1));
    return minor <= wanted.minor() && minor >= wanted.minor() - 3
        ? List.of()
        : List.of(
            Finding.error(
                "KubeletVersion",
                "the kubelet is of 1."
                    + minor
                    + ", and the control plane of 1."
                    + wanted.minor()
                    + ": a kubelet may be up to three minors older, and not newer",
                "give --kubernetes-version, or install another kubelet"));
  }

  private static List<Finding> kubeletService() {
    if (Programs.find("systemctl").isEmpty()) {
      return List.of(
          Finding.warning(
              "Service-Kubelet",
              "no supported init system detected, skipping checking for services",
              "start the kubelet yourself, or give --kubelet-start-command"));
    }
    var answer = Programs.run(LIMIT, "systemctl", "is-enabled", "kubelet");
    return answer.succeeded()
        ? List.of()
        : List.of(
            Finding.warning(
                "Service-Kubelet",
                "kubelet service is not enabled",
                "systemctl enable kubelet.service"));
  }

  private static List<Finding> forwarding(boolean ipv6) {
    String file =
        ipv6 ? "/proc/sys/net/ipv6/conf/default/forwarding" : "/proc/sys/net/ipv4/ip_forward";
    return lines(file).stream().findFirst().filter("1"::equals).isPresent()
        ? List.of()
        : List.of(
            Finding.error(
                "FileContent-" + file.replace('/', '-'),
                file + " contents are not set to 1",
                "echo 1 > " + file + ", and the same in a file of /etc/sysctl.d"));
  }

  private static List<String> lines(String file) {
    try {
      return Files.exists(Path.of(file)) ? Files.readAllLines(Path.of(file)) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
