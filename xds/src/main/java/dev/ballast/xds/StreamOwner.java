package dev.ballast.xds;

import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;

/** What decides who may connect and what they get. All methods may be called by any thread. */
public interface StreamOwner {
  /**
   * A client has opened a stream and said who it is. The owner keeps the stream and updates it from
   * then on, for the first time before this returns if it has something.
   *
   * @throws RefusedException when the client may not connect
   */
  void opened(AdsStream stream, Node node, Peer peer);

  /** A client rejected resources that it had not rejected before. */
  void rejected(AdsStream stream, List<Rejection> news);

  /** A stream has ended. */
  void closed(AdsStream stream);
}
