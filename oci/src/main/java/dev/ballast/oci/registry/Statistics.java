package dev.ballast.oci.registry;

import java.util.concurrent.atomic.LongAdder;

/** What a registry has done since it started, for metrics. */
public final class Statistics {
  final LongAdder blobsPulled = new LongAdder();
  final LongAdder blobsPushed = new LongAdder();
  final LongAdder manifestsPulled = new LongAdder();
  final LongAdder manifestsPushed = new LongAdder();
  final LongAdder bytesSent = new LongAdder();
  final LongAdder bytesReceived = new LongAdder();
  final LongAdder unauthorized = new LongAdder();
  final LongAdder clientErrors = new LongAdder();
  final LongAdder serverErrors = new LongAdder();
  final LongAdder requests = new LongAdder();
  final LongAdder proxyFills = new LongAdder();
  final LongAdder proxyErrors = new LongAdder();

  /** The numbers at a moment. */
  public record Snapshot(
      long requests,
      long clientErrors,
      long serverErrors,
      long unauthorized,
      long blobsPulled,
      long blobsPushed,
      long manifestsPulled,
      long manifestsPushed,
      long bytesSent,
      long bytesReceived,
      long proxyFills,
      long proxyErrors) {}

  /** Returns the numbers as they are now. */
  public Snapshot snapshot() {
    return new Snapshot(
        requests.sum(),
        clientErrors.sum(),
        serverErrors.sum(),
        unauthorized.sum(),
        blobsPulled.sum(),
        blobsPushed.sum(),
        manifestsPulled.sum(),
        manifestsPushed.sum(),
        bytesSent.sum(),
        bytesReceived.sum(),
        proxyFills.sum(),
        proxyErrors.sum());
  }
}
