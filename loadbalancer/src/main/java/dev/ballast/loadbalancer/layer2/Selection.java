package dev.ballast.loadbalancer.layer2;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * On which interfaces a speaker answers.
 *
 * @param only these and no others; all if empty
 * @param excluded never those whose name one of these finds
 */
public record Selection(Set<String> only, List<Pattern> excluded) {

  /** The excludes that MetalLB ships in {@code excludel2.yaml}. */
  public static final List<String> DEFAULT_EXCLUDES =
      List.of(
          "^docker.*",
          "^cbr.*",
          "^dummy.*",
          "^virbr.*",
          "^lxcbr.*",
          "^veth.*",
          "^lo$",
          "^cali.*",
          "^tunl.*",
          "^flannel.*",
          "^kube-ipvs.*",
          "^cni.*",
          "^nodelocaldns.*",
          "^lxc.*");

  public Selection {
    only = Set.copyOf(only);
    excluded = List.copyOf(excluded);
  }

  /** Every interface but those that {@link #DEFAULT_EXCLUDES} name. */
  public static Selection standard() {
    return new Selection(Set.of(), DEFAULT_EXCLUDES.stream().map(Pattern::compile).toList());
  }

  /** What matters of an interface. */
  public record Link(String name, boolean up, boolean arp, boolean hasMaster) {}

  /** Why there are no answers on an interface; nothing if there are. */
  public Optional<String> objection(Link link) {
    if (!only.isEmpty() && !only.contains(link.name())) {
      return Optional.of("it is not among the interfaces that the speaker was given");
    }
    if (only.isEmpty()) {
      for (Pattern pattern : excluded) {
        if (pattern.matcher(link.name()).find()) {
          return Optional.of("its name is excluded by " + pattern);
        }
      }
    }
    if (!link.up()) {
      return Optional.of("it is not up");
    }
    if (!link.arp()) {
      return Optional.of("it has no ARP (NOARP)");
    }
    if (link.hasMaster()) {
      return Optional.of("it belongs to a bridge or bond, which answers instead");
    }
    return Optional.empty();
  }
}
