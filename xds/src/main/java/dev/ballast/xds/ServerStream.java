package dev.ballast.xds;

import java.util.List;

/**
 * The server's end of one aggregated stream, as a state machine without I/O: requests and newer
 * resources go in, responses come out. At most one response of a type is unanswered, so that a slow
 * client gets the newest state and not each one, and needs no queue. One thread at a time.
 */
public interface ServerStream {
  /** Makes the end of a stream of the state-of-the-world variant. */
  static ServerStream stateOfTheWorld() {
    return new StateOfTheWorldStream();
  }

  /** Makes the end of a stream of the delta variant. */
  static ServerStream delta() {
    return new DeltaStream();
  }

  /** Takes a request in, and returns what is to be sent now. */
  List<Response> receive(Request request);

  /** Takes the newest resources, and returns what is to be sent now. */
  List<Response> update(ResourceSet newest);

  /** Returns what the client rejects at present. */
  List<Rejection> rejections();

  /** Whether the client has acknowledged everything that it subscribed to, rejections aside. */
  boolean isSettled();
}
