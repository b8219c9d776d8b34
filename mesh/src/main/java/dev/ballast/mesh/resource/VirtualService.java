package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Rules of how requests to hosts are routed, {@code networking.istio.io/v1}. */
public record VirtualService(Metadata metadata, Spec spec, List<String> noEffect)
    implements KubernetesObject {
  /** The gateway that stands for all sidecars. */
  public static final String MESH = "mesh";

  /** The kind. */
  public static final Kind<VirtualService> KIND =
      new Kind<>(
          "networking.istio.io",
          "v1",
          "VirtualService",
          "virtualservices",
          Kind.Scope.NAMESPACED,
          VirtualService.class,
          VirtualService::read);

  @Override
  public String group() {
    return KIND.group();
  }

  public VirtualService {
    noEffect = List.copyOf(noEffect);
  }

  /**
   * @param hosts in lower case, as they are written
   * @param gateways {@code mesh} when none is written
   */
  public record Spec(
      List<String> hosts,
      List<String> gateways,
      List<HttpRoute> http,
      List<TlsRoute> tls,
      List<TcpRoute> tcp,
      Set<String> exportTo) {
    public Spec {
      hosts = List.copyOf(hosts);
      gateways = List.copyOf(gateways);
      http = List.copyOf(http);
      tls = List.copyOf(tls);
      tcp = List.copyOf(tcp);
      exportTo = Set.copyOf(exportTo);
    }
  }

  /** Where traffic goes. */
  public record Destination(String host, String subset, OptionalInt port) {}

  /** One of several destinations, with the headers that are changed on the way there. */
  public record Weighted(Destination destination, int weight, Headers headers) {}

  /** What is done to headers. */
  public record HeaderChange(
      Map<String, String> set, Map<String, String> add, List<String> remove) {
    static final HeaderChange NONE = new HeaderChange(Map.of(), Map.of(), List.of());
  }

  /** What is done to the headers of requests and of responses. */
  public record Headers(HeaderChange request, HeaderChange response) {
    static final Headers NONE = new Headers(HeaderChange.NONE, HeaderChange.NONE);
  }

  /**
   * @param timeout empty or zero for none
   * @param retries empty for the mesh's default
   */
  public record HttpRoute(
      String name,
      List<HttpMatch> match,
      List<Weighted> route,
      Optional<Duration> timeout,
      Optional<Retries> retries,
      Headers headers) {
    public HttpRoute {
      match = List.copyOf(match);
      route = List.copyOf(route);
    }
  }

  /** How often a request is tried again. */
  public record Retries(
      int attempts,
      Optional<Duration> perTryTimeout,
      Optional<Duration> backoff,
      String retryOn,
      boolean ignorePreviousHosts) {}

  /** All parts have to match. */
  public record HttpMatch(
      String name,
      Optional<StringMatch> uri,
      boolean ignoreUriCase,
      Optional<StringMatch> scheme,
      Optional<StringMatch> method,
      Optional<StringMatch> authority,
      Map<String, StringMatch> headers,
      Map<String, StringMatch> withoutHeaders,
      Map<String, StringMatch> queryParams,
      Where where) {}

  /** Parts of a match that are known when the configuration is made. */
  public record Where(
      OptionalInt port,
      Map<String, String> sourceLabels,
      String sourceNamespace,
      List<String> gateways) {
    public Where {
      sourceLabels = Map.copyOf(sourceLabels);
      gateways = List.copyOf(gateways);
    }
  }

  /** Opaque traffic, by the name that the client asks for. */
  public record TlsRoute(List<TlsMatch> match, List<Weighted> route) {}

  /** By the name that the client asks for. */
  public record TlsMatch(List<String> sniHosts, List<String> destinationSubnets, Where where) {}

  /** Opaque traffic. */
  public record TcpRoute(List<TcpMatch> match, List<Weighted> route) {}

  /** By the original address. */
  public record TcpMatch(List<String> destinationSubnets, Where where) {}

  private static VirtualService read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.object("status").ifPresent(Fields::ignoreOthers);
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write spec.hosts");
      return new VirtualService(
          metadata,
          new Spec(List.of(), List.of(), List.of(), List.of(), List.of(), Set.of()),
          List.of());
    }
    List<String> noEffect = new ArrayList<>();
    List<String> hosts =
        spec.texts("hosts").stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
    List<String> gateways = spec.texts("gateways");
    List<String> effective = gateways.isEmpty() ? List.of(MESH) : gateways;
    if (hosts.isEmpty()) {
      noEffect.add("spec (a delegate, without hosts)");
    }
    for (String host : hosts) {
      if (host.equals("*") && effective.contains(MESH)) {
        spec.error(
            "hosts",
            "wildcard host * is not allowed for virtual services bound to the mesh gateway",
            "");
      } else if (!host.equals("*") && !Read.isWildcardHost(host)) {
        spec.error("hosts", "invalid host " + host, "write a DNS name");
      }
    }
    if (effective.stream().anyMatch(gateway -> !gateway.equals(MESH))) {
      noEffect.add("spec.gateways (other than mesh)");
    }
    List<HttpRoute> http = spec.objects("http", fields -> http(fields, noEffect));
    List<TlsRoute> tls =
        spec.objects(
            "tls",
            fields ->
                new TlsRoute(
                    fields.objects("match", match -> tlsMatch(match, hosts)), weighted(fields)));
    List<TcpRoute> tcp =
        spec.objects(
            "tcp",
            fields ->
                new TcpRoute(
                    fields.objects(
                        "match",
                        match -> {
                          match.ignore("sourceSubnet");
                          return new TcpMatch(match.texts("destinationSubnets"), where(match));
                        }),
                    weighted(fields)));
    if (http.isEmpty() && tls.isEmpty() && tcp.isEmpty()) {
      spec.error("http", "http, tcp or tls must be provided in virtual service", "write one");
    }
    return new VirtualService(
        metadata,
        new Spec(
            hosts, effective, http, tls, tcp, Read.exportTo(spec, metadata.namespace(), false)),
        noEffect);
  }

  private static HttpRoute http(Fields fields, List<String> noEffect) {
    List<String> written =
        Read.noEffect(
            fields,
            "spec.http.",
            "redirect",
            "directResponse",
            "delegate",
            "rewrite",
            "fault",
            "mirror",
            "mirrors",
            "mirrorPercent",
            "mirrorPercentage",
            "mirror_percent",
            "corsPolicy");
    noEffect.addAll(written);
    List<Weighted> route = weighted(fields);
    if (route.isEmpty() && written.isEmpty()) {
      fields.error("route", "HTTP route, redirect or direct_response is required", "write a route");
    }
    return new HttpRoute(
        fields.text("name", ""),
        fields.objects("match", match -> httpMatch(match, noEffect)),
        route,
        Read.duration(fields, "timeout"),
        fields.object("retries").map(retries -> retries(retries, noEffect)),
        headers(fields));
  }

  private static Retries retries(Fields fields, List<String> noEffect) {
    noEffect.addAll(Read.noEffect(fields, "spec.http.retries.", "retryRemoteLocalities"));
    return new Retries(
        (int) fields.number("attempts", 0, 0, Integer.MAX_VALUE),
        Read.duration(fields, "perTryTimeout"),
        Read.duration(fields, "backoff"),
        fields.text("retryOn", ""),
        fields.bool("retryIgnorePreviousHosts").orElse(false));
  }

  private static HttpMatch httpMatch(Fields fields, List<String> noEffect) {
    noEffect.addAll(Read.noEffect(fields, "spec.http.match.", "statPrefix"));
    return new HttpMatch(
        fields.text("name", ""),
        fields.object("uri").map(StringMatch::read),
        fields.bool("ignoreUriCase").orElse(false),
        fields.object("scheme").map(StringMatch::read),
        fields.object("method").map(StringMatch::read),
        fields.object("authority").map(StringMatch::read),
        StringMatch.map(fields, "headers"),
        StringMatch.map(fields, "withoutHeaders"),
        StringMatch.map(fields, "queryParams"),
        where(fields));
  }

  private static Where where(Fields fields) {
    return new Where(
        fields.has("port")
            ? OptionalInt.of((int) fields.number("port", 0, 0, 65_535))
            : OptionalInt.empty(),
        fields.map("sourceLabels"),
        fields.text("sourceNamespace", ""),
        fields.texts("gateways"));
  }

  private static TlsMatch tlsMatch(Fields fields, List<String> hosts) {
    List<String> sni =
        fields.texts("sniHosts").stream().map(each -> each.toLowerCase(Locale.ROOT)).toList();
    if (sni.isEmpty()) {
      fields.error("sniHosts", "TLS match must have at least one SNI host", "write it");
    }
    for (String host : sni) {
      if (hosts.stream().noneMatch(wide -> covers(wide, host))) {
        fields.error(
            "sniHosts",
            "SNI host \"%s\" is not a compatible subset of any of the virtual service hosts: [%s]"
                .formatted(host, String.join(" ", hosts)),
            "");
      }
    }
    return new TlsMatch(sni, fields.texts("destinationSubnets"), where(fields));
  }

  private static boolean covers(String wide, String host) {
    return wide.equals("*")
        || wide.equals(host)
        || (wide.startsWith("*") && host.endsWith(wide.substring(1)));
  }

  private static List<Weighted> weighted(Fields fields) {
    List<Weighted> all =
        fields.objects(
            "route",
            route -> {
              Optional<Fields> destination = route.object("destination");
              if (destination.isEmpty()) {
                route.missing("destination", "write destination.host");
              }
              return new Weighted(
                  destination
                      .map(VirtualService::destination)
                      .orElse(new Destination("", "", OptionalInt.empty())),
                  (int) route.number("weight", 0, 0, Integer.MAX_VALUE),
                  headers(route));
            });
    if (all.size() > 1 && all.stream().allMatch(each -> each.weight() == 0)) {
      fields.error("route", "total destination weight = 0", "write weights");
    }
    return all;
  }

  private static Destination destination(Fields fields) {
    return new Destination(
        fields.needed("host").toLowerCase(Locale.ROOT),
        fields.text("subset", ""),
        fields
            .object("port")
            .map(port -> OptionalInt.of((int) port.number("number", 0, 1, 65_535)))
            .orElse(OptionalInt.empty()));
  }

  private static Headers headers(Fields fields) {
    return fields
        .object("headers")
        .map(headers ->
            new Headers(
                headers.object("request").map(VirtualService::change).orElse(HeaderChange.NONE),
                headers.object("response").map(VirtualService::change).orElse(HeaderChange.NONE)))
        .orElse(Headers.NONE);
  }

  private static HeaderChange change(Fields fields) {
    return new HeaderChange(
        new LinkedHashMap<>(fields.map("set")),
        new LinkedHashMap<>(fields.map("add")),
        fields.texts("remove"));
  }
}
