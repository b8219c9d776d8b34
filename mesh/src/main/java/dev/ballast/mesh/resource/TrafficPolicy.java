package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** How traffic to a destination is handled; what is not written has Istio's default. */
public record TrafficPolicy(
    Optional<LoadBalancer> loadBalancer,
    Optional<ConnectionPool> connectionPool,
    Optional<OutlierDetection> outlierDetection,
    Optional<Tls> tls,
    Map<Integer, TrafficPolicy> ports) {
  /** Nothing is written. */
  public static final TrafficPolicy NONE =
      new TrafficPolicy(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());

  public TrafficPolicy {
    ports = Map.copyOf(ports);
  }

  /** How an endpoint is chosen. */
  public sealed interface LoadBalancer {
    /** By one of the simple algorithms. */
    record Simple(Algorithm algorithm) implements LoadBalancer {}

    /** By a hash of the request. */
    record Hash(Key key, boolean maglev, OptionalLong size) implements LoadBalancer {}
  }

  /** The simple algorithms. */
  public enum Algorithm {
    UNSPECIFIED,
    LEAST_CONN,
    RANDOM,
    PASSTHROUGH,
    ROUND_ROBIN,
    LEAST_REQUEST
  }

  /** What is hashed. */
  public sealed interface Key {
    /** A header. */
    record Header(String name) implements Key {}

    /** A cookie, which is made when there is none. */
    record Cookie(String name, String path, Optional<Duration> ttl) implements Key {}

    /** The address of the client. */
    record SourceIp() implements Key {}

    /** A parameter of the query. */
    record QueryParameter(String name) implements Key {}
  }

  /** Limits of connections. */
  public record ConnectionPool(
      OptionalInt maxConnections,
      Optional<Duration> connectTimeout,
      Optional<Keepalive> keepalive,
      Optional<Duration> maxConnectionDuration,
      Optional<Duration> tcpIdleTimeout,
      OptionalInt http1MaxPendingRequests,
      OptionalInt http2MaxRequests,
      OptionalInt maxRequestsPerConnection,
      OptionalInt maxRetries,
      Optional<Duration> httpIdleTimeout,
      String h2UpgradePolicy,
      boolean useClientProtocol,
      OptionalInt maxConcurrentStreams) {}

  /** Keepalive probes of TCP. */
  public record Keepalive(
      OptionalInt probes, Optional<Duration> time, Optional<Duration> interval) {}

  /** When an endpoint is taken out. */
  public record OutlierDetection(
      OptionalInt consecutive5xxErrors,
      OptionalInt consecutiveGatewayErrors,
      OptionalInt consecutiveLocalOriginFailures,
      boolean splitExternalLocalOriginErrors,
      Optional<Duration> interval,
      Optional<Duration> baseEjectionTime,
      int maxEjectionPercent,
      int minHealthPercent) {}

  /** How TLS is originated. */
  public record Tls(
      Mode mode,
      String clientCertificate,
      String privateKey,
      String caCertificates,
      String credentialName,
      List<String> subjectAltNames,
      String sni,
      boolean insecureSkipVerify) {
    public Tls {
      subjectAltNames = List.copyOf(subjectAltNames);
    }
  }

  /** Whether and as whom TLS is spoken. */
  public enum Mode {
    DISABLE,
    SIMPLE,
    MUTUAL,
    ISTIO_MUTUAL
  }

  /** Returns the policy of a port: settings of the port count, otherwise those of this policy. */
  public TrafficPolicy ofPort(int port) {
    TrafficPolicy special = ports.get(port);
    return special == null ? this : special;
  }

  /** Returns this policy with what is written in another one in the place of its own. */
  public TrafficPolicy overriddenBy(TrafficPolicy other) {
    Map<Integer, TrafficPolicy> merged = new LinkedHashMap<>(ports);
    merged.putAll(other.ports);
    return new TrafficPolicy(
        other.loadBalancer.or(() -> loadBalancer),
        other.connectionPool.or(() -> connectionPool),
        other.outlierDetection.or(() -> outlierDetection),
        other.tls.or(() -> tls),
        merged);
  }

  static TrafficPolicy read(Fields fields, String path, List<String> noEffect) {
    noEffect.addAll(Read.noEffect(fields, path, "tunnel", "proxyProtocol", "retryBudget"));
    Map<Integer, TrafficPolicy> ports = new LinkedHashMap<>();
    fields.objects(
        "portLevelSettings",
        each -> {
          int port =
              each.object("port")
                  .map(number -> (int) number.number("number", 0, 1, 65_535))
                  .orElse(0);
          if (port == 0) {
            each.error("port", "portTrafficPolicy must have valid port", "write port.number");
          }
          ports.put(port, read(each, path + "portLevelSettings.", noEffect));
          return each;
        });
    return new TrafficPolicy(
        fields.object("loadBalancer").map(each -> balancer(each, path, noEffect)),
        fields.object("connectionPool").map(each -> pool(each, path, noEffect)),
        fields.object("outlierDetection").map(TrafficPolicy::outliers),
        fields.object("tls").map(each -> tls(each, path, noEffect)),
        ports);
  }

  private static LoadBalancer balancer(Fields fields, String path, List<String> noEffect) {
    noEffect.addAll(
        Read.noEffect(
            fields, path + "loadBalancer.", "localityLbSetting", "warmup", "warmupDurationSecs"));
    return fields
        .object("consistentHash")
        .<LoadBalancer>map(hash -> {
          boolean maglev = hash.has("maglev");
          OptionalLong size =
              hash.object(maglev ? "maglev" : "ringHash")
                  .map(ring ->
                      OptionalLong.of(
                          ring.number(
                              maglev ? "tableSize" : "minimumRingSize",
                              maglev ? 65_537 : 1024,
                              0,
                              maglev ? 5_000_011 : Long.MAX_VALUE)))
                  .orElse(
                      hash.has("minimumRingSize")
                          ? OptionalLong.of(hash.number("minimumRingSize", 1024, 0, Long.MAX_VALUE))
                          : OptionalLong.empty());
          return new LoadBalancer.Hash(key(hash), maglev, size);
        })
        .orElseGet(() ->
            new LoadBalancer.Simple(
                Algorithm.valueOf(
                    fields.word(
                        "simple",
                        "UNSPECIFIED",
                        "UNSPECIFIED",
                        "LEAST_CONN",
                        "RANDOM",
                        "PASSTHROUGH",
                        "ROUND_ROBIN",
                        "LEAST_REQUEST"))));
  }

  private static Key key(Fields hash) {
    Optional<Key> header = hash.text("httpHeaderName").map(Key.Header::new);
    Optional<Key> cookie =
        hash.object("httpCookie")
            .map(each ->
                new Key.Cookie(
                    each.needed("name"), each.text("path", ""), Read.duration(each, "ttl")));
    Optional<Key> query = hash.text("httpQueryParameterName").map(Key.QueryParameter::new);
    boolean source = hash.bool("useSourceIp").orElse(false);
    if (header.isEmpty() && cookie.isEmpty() && query.isEmpty() && !source) {
      hash.error(
          "httpHeaderName",
          "consistentHash needs what is hashed",
          "write httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName");
    }
    return header.or(() -> cookie).or(() -> query).orElseGet(Key.SourceIp::new);
  }

  private static ConnectionPool pool(Fields fields, String path, List<String> noEffect) {
    Optional<Fields> tcp = fields.object("tcp");
    Optional<Fields> http = fields.object("http");
    if (tcp.isEmpty() && http.isEmpty()) {
      fields.error("tcp", "connection pool must have at least one field", "write tcp or http");
    }
    http.ifPresent(each ->
        noEffect.addAll(Read.noEffect(each, path + "connectionPool.http.", "http2KeepAlive")));
    return new ConnectionPool(
        integer(tcp, "maxConnections"),
        duration(tcp, "connectTimeout"),
        tcp.flatMap(each -> each.object("tcpKeepalive"))
            .map(each ->
                new Keepalive(
                    integer(Optional.of(each), "probes"),
                    Read.duration(each, "time"),
                    Read.duration(each, "interval"))),
        duration(tcp, "maxConnectionDuration"),
        duration(tcp, "idleTimeout"),
        integer(http, "http1MaxPendingRequests"),
        integer(http, "http2MaxRequests"),
        integer(http, "maxRequestsPerConnection"),
        integer(http, "maxRetries"),
        duration(http, "idleTimeout"),
        http.map(each ->
                each.word("h2UpgradePolicy", "DEFAULT", "DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"))
            .orElse("DEFAULT"),
        http.flatMap(each -> each.bool("useClientProtocol")).orElse(false),
        integer(http, "maxConcurrentStreams"));
  }

  private static OutlierDetection outliers(Fields fields) {
    fields.ignore("consecutiveErrors");
    Optional<Fields> here = Optional.of(fields);
    return new OutlierDetection(
        integer(here, "consecutive5xxErrors"),
        integer(here, "consecutiveGatewayErrors"),
        integer(here, "consecutiveLocalOriginFailures"),
        fields.bool("splitExternalLocalOriginErrors").orElse(false),
        Read.duration(fields, "interval"),
        Read.duration(fields, "baseEjectionTime"),
        (int) fields.number("maxEjectionPercent", 0, 0, 100),
        (int) fields.number("minHealthPercent", 0, 0, 100));
  }

  private static Tls tls(Fields fields, String path, List<String> noEffect) {
    noEffect.addAll(Read.noEffect(fields, path + "tls.", "caCrl", "credentialName"));
    Tls tls =
        new Tls(
            Mode.valueOf(
                fields.word("mode", "DISABLE", "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL")),
            fields.text("clientCertificate", ""),
            fields.text("privateKey", ""),
            fields.text("caCertificates", ""),
            fields.text("credentialName", ""),
            fields.texts("subjectAltNames"),
            fields.text("sni", ""),
            fields.bool("insecureSkipVerify").orElse(false));
    if (tls.mode() == Mode.MUTUAL && tls.credentialName().isEmpty()) {
      if (tls.clientCertificate().isEmpty()) {
        fields.error(
            "clientCertificate", "client certificate required for mutual tls", "write its file");
      }
      if (tls.privateKey().isEmpty()) {
        fields.error("privateKey", "private key required for mutual tls", "write its file");
      }
    }
    return tls;
  }

  private static OptionalInt integer(Optional<Fields> fields, String name) {
    return fields.isPresent() && fields.get().has(name)
        ? OptionalInt.of((int) fields.get().number(name, 0, 0, Integer.MAX_VALUE))
        : OptionalInt.empty();
  }

  private static Optional<Duration> duration(Optional<Fields> fields, String name) {
    return fields.flatMap(each -> Read.duration(each, name));
  }
}
