package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.layer2.Withdrawal;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * What the objects say, as far as a speaker goes.
 *
 * @param services every service that is ours, in the order of their names
 * @param peers where the speaker of each other node hears heartbeats
 */
public record Knowledge(
    List<Subject> services,
    List<Candidate> nodes,
    Map<String, InetAddress> peers,
    boolean ignoreExcludeLabel) {
  /** Before anything was read. */
  public static final Knowledge NOTHING = new Knowledge(List.of(), List.of(), Map.of(), false);

  public Knowledge {
    services = List.copyOf(services);
    nodes = List.copyOf(nodes);
    peers = Map.copyOf(peers);
  }

  /** A service, as {@code namespace/name}. */
  public sealed interface Subject {
    String service();

    /**
     * It has addresses of a pool.
     *
     * @param advertisements those of the pool
     * @param notes what of it can not be announced, for a person to read
     */
    record Announce(
        String service, Announceable what, List<Advertisement> advertisements, List<String> notes)
        implements Subject {
      public Announce {
        advertisements = List.copyOf(advertisements);
        notes = List.copyOf(notes);
      }
    }

    /** It is not to be announced by anybody. */
    record Withhold(String service, Withdrawal word, String why) implements Subject {}
  }
}
