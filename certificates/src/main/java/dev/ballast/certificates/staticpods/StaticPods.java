package dev.ballast.certificates.staticpods;

import dev.ballast.certificates.live.Listener;
import dev.ballast.certificates.live.Listeners;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Restarts static pods one at a time and waits until each is well again. */
public final class StaticPods {
  /** The store first: everything else waits for it. */
  private static final List<String> ORDER =
      List.of("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler");

  private static final Pattern URL_PORT = Pattern.compile("https?://[^,]*:(\\d{1,5})");

  private final Restarter restarter;
  private final Listeners listeners;
  private final HealthCheck health;
  private final Patience patience;
  private final Duration limit;

  /**
   * @param limit how long a pod may take to be well after a restart; kubeadm allows 4 minutes
   */
  public StaticPods(
      Restarter restarter,
      Listeners listeners,
      HealthCheck health,
      Patience patience,
      Duration limit) {
    this.restarter = restarter;
    this.listeners = listeners;
    this.health = health;
    this.patience = patience;
    this.limit = limit;
  }

  /** Those pods in the order in which they are restarted. */
  public static List<StaticPod> inOrder(Collection<StaticPod> pods) {
    return pods.stream()
        .sorted(
            java.util.Comparator.comparingInt((StaticPod pod) ->
                    ORDER.contains(pod.name()) ? ORDER.indexOf(pod.name()) : ORDER.size())
                .thenComparing(StaticPod::name))
        .toList();
  }

  public String describe(StaticPod pod) {
    return restarter.describe(pod);
  }

  /**
   * Restarts a pod and waits until it runs anew and is well.
   *
   * @throws StaticPodFailure when it does not stop, does not come back, or is not well in time
   */
  public void restart(StaticPod pod) {
    var ports = ports(pod);
    var old = Map.copyOf(listeners.at(ports));
    restarter.restart(pod, new OldProcesses(old.values()));
    var oldPids = new HashSet<Long>();
    old.values().forEach(listener -> oldPids.add(listener.pid()));
    var complaint = new Complaint();
    var well =
        patience.until(
            limit,
            () -> {
              complaint.text = awaitNew(pod, ports, oldPids);
              return complaint.text.isEmpty();
            });
    if (!well) {
      throw new StaticPodFailure(
          pod.name()
              + " is not well "
              + limit.toSeconds()
              + " s after its restart: "
              + complaint.text.orElse(""),
          "see crictl logs of " + pod.name() + " and journalctl -u kubelet");
    }
  }

  /** Empty when the pod is well, or else what it complains about. */
  public Optional<String> complaint(StaticPod pod) {
    return pod.health().flatMap(this::complaint);
  }

  /** Empty when it is well there, or else what it complains about. */
  public Optional<String> complaint(HealthEndpoint endpoint) {
    return health.complaint(endpoint);
  }

  private Optional<String> awaitNew(StaticPod pod, Set<Integer> ports, Set<Long> oldPids) {
    if (!oldPids.isEmpty()) {
      var now = listeners.at(ports);
      if (now.isEmpty() || now.values().stream().anyMatch(l -> oldPids.contains(l.pid()))) {
        return Optional.of("no new process listens at " + ports);
      }
    }
    return complaint(pod);
  }

  /** The ports at which the processes of a pod are looked for. */
  static Set<Integer> ports(StaticPod pod) {
    var ports = new HashSet<Integer>();
    pod.health().ifPresent(endpoint -> ports.add(endpoint.port()));
    for (var flag : List.of("secure-port", "listen-client-urls", "listen-peer-urls")) {
      var value = pod.flags().getOrDefault(flag, "");
      if (value.matches("\\d{1,5}")) {
        ports.add(Integer.parseInt(value));
      }
      var url = URL_PORT.matcher(value);
      while (url.find()) {
        ports.add(Integer.parseInt(url.group(1)));
      }
    }
    return ports;
  }

  private static final class Complaint {
    private Optional<String> text = Optional.empty();
  }

  private record OldProcesses(Collection<Listener> processes) implements Restarter.Gone {
    @Override
    public boolean isKnown() {
      return !processes.isEmpty();
    }

    @Override
    public boolean isSo() {
      return processes.stream()
          .noneMatch(old -> ProcessHandle.of(old.pid()).filter(ProcessHandle::isAlive).isPresent());
    }
  }
}
