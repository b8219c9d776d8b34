package dev.ballast.cli.lb;

import dev.ballast.cli.Threads;
import dev.ballast.cli.role.ObjectsOption;
import dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.loadbalancer.speaker.Speaker;
import dev.ballast.loadbalancer.speaker.SpeakerRole;
import dev.ballast.objects.ObjectStore;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast lb speaker}. */
@Command(
    name = "speaker",
    description = {
      "Runs the role lb-speaker: answers ARP for the addresses that this node owns, and announces",
      "them to BGP peers.",
      "Needs CAP_NET_RAW."
    })
final class SpeakerCommand implements Callable<Integer> {
  /** Not the controller's, which may run on the same machine. */
  private static final int PORT = 7472;

  @Spec private CommandSpec spec;
  @Mixin private ObjectsOption objects;
  @Mixin private LoadBalancerServing serving;

  @Option(
      names = "--node-name",
      required = true,
      paramLabel = "NODE",
      description = "The name of this machine's Node object.")
  private String node = "";

  @Option(
      names = "--lb-class",
      paramLabel = "CLASS",
      defaultValue = "",
      description = "Only services of this loadBalancerClass (default: those without one).")
  private String loadBalancerClass = "";

  @Option(
      names = "--ignore-exclude-lb",
      description = "Announce from nodes that are labelled exclude-from-external-load-balancers.")
  private boolean ignoreExcludeLabel;

  @Option(
      names = "--ml-bindaddr",
      paramLabel = "ADDRESS",
      defaultValue = "0.0.0.0",
      description = "Where heartbeats of other speakers are heard (default: ${DEFAULT-VALUE}).")
  private String bindAddress = "0.0.0.0";

  @Option(
      names = "--ml-bindport",
      paramLabel = "PORT",
      defaultValue = "7946",
      description =
          "UDP port of the heartbeats, the same on every node (default:" + " ${DEFAULT-VALUE}).")
  private int bindPort = 7946;

  @Option(
      names = "--ml-secret-key-path",
      paramLabel = "FILE",
      description = "A file with the secret that all speakers share (default: none).")
  private Optional<Path> secret = Optional.empty();

  @Option(
      names = "--heartbeat-interval",
      paramLabel = "MILLISECONDS",
      defaultValue = "70",
      description = "Between two heartbeats, the same on every node (default: ${DEFAULT-VALUE}).")
  private int heartbeatMillis = 70;

  @Option(
      names = "--failure-timeout",
      paramLabel = "MILLISECONDS",
      defaultValue = "340",
      description = {
        "After so long without a heartbeat other speakers take over, the same on every node; at",
        "least three intervals (default: ${DEFAULT-VALUE})."
      })
  private int failureMillis = 340;

  @Option(
      names = "--gratuitous-arp-interval",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description =
          "How often to say again where an address is; 0 for never (default: ${DEFAULT-VALUE}).")
  private int gratuitousSeconds;

  @Option(
      names = "--interface",
      paramLabel = "NAME",
      description = "Answer on this interface; may be repeated (default: all but virtual ones).")
  private List<String> interfaces = List.of();

  @Option(
      names = "--exclude-interface",
      paramLabel = "REGEX",
      description = "Never answer on such interfaces; may be repeated (default: MetalLB's list).")
  private List<Pattern> excludes = List.of();

  @Option(
      names = "--bgp-port",
      paramLabel = "PORT",
      defaultValue = "179",
      description =
          "TCP port where BGP peers may open sessions; 0 for none (default: ${DEFAULT-VALUE}).")
  private int bgpPort = 179;

  @Option(
      names = "--drain-time",
      paramLabel = "SECONDS",
      defaultValue = "3",
      description =
          "How long routes stay as the last choice before they are withdrawn at the end (default:"
              + " ${DEFAULT-VALUE}).")
  private int drainSeconds = 3;

  private Timing timing() {
    try {
      return Timing.of(Duration.ofMillis(heartbeatMillis), Duration.ofMillis(failureMillis));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  @Override
  public Integer call() throws Exception {
    byte[] key = secret.isPresent() ? Files.readAllBytes(secret.get()) : new byte[0];
    Selection selection =
        interfaces.isEmpty() && excludes.isEmpty()
            ? Selection.standard()
            : new Selection(Set.copyOf(interfaces), excludes);
    Speaker.Settings settings =
        new Speaker.Settings(
            node,
            new InetSocketAddress(bindAddress, bindPort),
            key,
            selection,
            timing(),
            Duration.ofSeconds(gratuitousSeconds));
    // A wait for packets and netlink is a system call, which holds a carrier.
    ThreadFactory threads = Threads.WIRED;
    try (ObjectStore home = objects.open(LoadBalancerKinds.SCHEME, threads)) {
      return serving.run(
          new SpeakerRole(
              home,
              new SpeakerRole.Options(
                  settings,
                  loadBalancerClass,
                  ignoreExcludeLabel,
                  new BgpSpeaker.Settings(node, bgpPort, Duration.ofSeconds(drainSeconds))),
              InstantSource.system()),
          PORT,
          threads);
    }
  }
}
