package dev.ballast.mesh.control;

import dev.ballast.mesh.envoy.Generator.Generated;
import dev.ballast.mesh.envoy.Proxy;
import dev.ballast.xds.AdsStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The proxies that are connected. Any thread. */
final class Proxies {
  private final Map<AdsStream, Connected> byStream = new ConcurrentHashMap<>();

  /** One connected proxy. */
  static final class Connected {
    private final AdsStream stream;
    private final Proxy proxy;
    private final String from;
    private final Instant since;
    private volatile Optional<Generated> generated = Optional.empty();

    Connected(AdsStream stream, Proxy proxy, String from, Instant since) {
      this.stream = stream;
      this.proxy = proxy;
      this.from = from;
      this.since = since;
    }

    AdsStream stream() {
      return stream;
    }

    Proxy proxy() {
      return proxy;
    }

    String from() {
      return from;
    }

    Instant since() {
      return since;
    }

    Optional<Generated> generated() {
      return generated;
    }

    void update(Generated next) {
      generated = Optional.of(next);
      stream.update(next.resources());
    }
  }

  void add(Connected connected) {
    byStream.put(connected.stream(), connected);
  }

  Optional<Connected> remove(AdsStream stream) {
    return Optional.ofNullable(byStream.remove(stream));
  }

  Optional<Connected> of(AdsStream stream) {
    return Optional.ofNullable(byStream.get(stream));
  }

  List<Connected> all() {
    return List.copyOf(byStream.values());
  }

  int count() {
    return byStream.size();
  }
}
