package dev.ballast.xds;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a client says on a stream, in either variant of the protocol.
 *
 * @param names the names of a state-of-the-world request; those newly subscribed of a delta request
 * @param unsubscribed the names that a delta request gives up
 * @param initialVersions what the client has already, by a delta request that opens a stream
 * @param nonce of the response that this answers; empty for none
 * @param rejection why the client rejects that response; empty for an acknowledgement
 */
public record Request(
    ResourceType type,
    List<String> names,
    List<String> unsubscribed,
    Map<String, String> initialVersions,
    String nonce,
    Optional<String> rejection) {
  public Request {
    names = List.copyOf(names);
    unsubscribed = List.copyOf(unsubscribed);
    initialVersions = Map.copyOf(initialVersions);
  }

  /** A request of the state-of-the-world variant. */
  public static Request stateOfTheWorld(
      ResourceType type, List<String> names, String nonce, Optional<String> rejection) {
    return new Request(type, names, List.of(), Map.of(), nonce, rejection);
  }
}
