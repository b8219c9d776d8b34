package dev.ballast.loadbalancer.bgp.advertising;

import dev.ballast.loadbalancer.bgp.message.Community;
import dev.ballast.loadbalancer.bgp.message.LargeCommunity;
import java.util.List;

/** A community as it is written: {@code 1:2} or {@code large:1:2:3}. */
sealed interface Communities {
  record Standard(Community community) implements Communities {}

  record Large(LargeCommunity community) implements Communities {}

  /** It is neither: an alias, maybe. */
  record Unknown() implements Communities {}

  /** It looks like one but its numbers do not fit. */
  record Invalid(String text) implements Communities {}

  static Communities parse(String text) {
    List<String> parts = List.of(text.split(":", -1));
    try {
      if (parts.size() == 2) {
        return new Standard(Community.of(number(parts.get(0)), number(parts.get(1))));
      }
      if (parts.size() == 4) {
        if (!parts.get(0).equals("large")) {
          return new Invalid(
              "invalid community value: invalid marker for large community, expected community to"
                  + " be of format large:<uint32>:<uint32>:<uint32> but got "
                  + text);
        }
        return new Large(
            new LargeCommunity(
                Long.parseLong(parts.get(1)),
                Long.parseLong(parts.get(2)),
                Long.parseLong(parts.get(3))));
      }
    } catch (IllegalArgumentException e) {
      return new Invalid(
          "invalid community value: a number of community \"%s\" does not fit: %s"
              .formatted(text, e.getMessage()));
    }
    return new Unknown();
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }
}
