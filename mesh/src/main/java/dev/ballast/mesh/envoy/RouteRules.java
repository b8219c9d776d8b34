package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import dev.ballast.mesh.model.Hosts;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.model.Scope;
import dev.ballast.mesh.resource.StringMatch;
import dev.ballast.mesh.resource.TrafficPolicy;
import dev.ballast.mesh.resource.VirtualService;
import dev.ballast.mesh.resource.VirtualService.HeaderChange;
import dev.ballast.mesh.resource.VirtualService.HttpMatch;
import dev.ballast.mesh.resource.VirtualService.HttpRoute;
import dev.ballast.mesh.resource.VirtualService.Weighted;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Routes as the rules of a host have them. */
final class RouteRules {
  private static final String DEFAULT_RETRY_ON =
      "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

  private final Scope scope;
  private final Traits traits;
  private final Function<MeshService, HostPolicy> policies;

  RouteRules(Scope scope, Traits traits, Function<MeshService, HostPolicy> policies) {
    this.scope = scope;
    this.traits = traits;
    this.policies = policies;
  }

  /** The route of a service that no rule is for. */
  Route defaultRoute(MeshService service, MeshPort port) {
    RouteAction.Builder action = action(Duration.ZERO);
    action.setCluster(Names.outbound(port.number(), "", service.host()));
    action.setRetryPolicy(defaultRetries());
    hash(policies.apply(service).ofPort(port.number())).forEach(action::addHashPolicy);
    return Route.newBuilder()
        .setName("default")
        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
        .setDecorator(Routes.decorator(service.host() + ":" + port.number() + "/*"))
        .setRoute(action)
        .build();
  }

  @SuppressWarnings("deprecation") // Istio's form
  private static RouteAction.Builder action(Duration timeout) {
    return RouteAction.newBuilder()
        .setTimeout(Pack.duration(timeout))
        .setMaxGrpcTimeout(Pack.duration(timeout));
  }

  private static RetryPolicy defaultRetries() {
    return RetryPolicy.newBuilder()
        .setRetryOn(DEFAULT_RETRY_ON)
        .setNumRetries(Pack.uint(2))
        .addRetryHostPredicate(previousHosts())
        .setHostSelectionRetryMaxAttempts(5)
        .build();
  }

  private static RetryPolicy.RetryHostPredicate previousHosts() {
    return RetryPolicy.RetryHostPredicate.newBuilder()
        .setName("envoy.retry_host_predicates.previous_hosts")
        .setTypedConfig(Pack.any(PreviousHostsPredicate.getDefaultInstance()))
        .build();
  }

  /** The routes of a host, in order; what can never be reached is left out. */
  List<Route> of(VirtualService rule, String host, int port) {
    List<Route> routes = new ArrayList<>();
    for (HttpRoute http : rule.spec().http()) {
      if (http.route().isEmpty()) {
        continue; // Only has what has no effect yet.
      }
      if (http.match().isEmpty()) {
        routes.add(route(rule, http, Optional.empty(), port));
        return routes;
      }
      for (HttpMatch match : http.match()) {
        if (applies(match.where(), port)) {
          routes.add(route(rule, http, Optional.of(match), port));
          if (isCatchAll(match)) {
            return routes;
          }
        }
      }
    }
    return routes;
  }

  private static boolean isCatchAll(HttpMatch match) {
    boolean uri =
        match.uri().isEmpty()
            || (match.uri().get() instanceof StringMatch.Prefix(var prefix) && prefix.equals("/"));
    return uri
        && match.scheme().isEmpty()
        && match.method().isEmpty()
        && match.authority().isEmpty()
        && match.headers().isEmpty()
        && match.withoutHeaders().isEmpty()
        && match.queryParams().isEmpty();
  }

  /** Whether the parts of a match that are known now hold for these proxies. */
  boolean applies(VirtualService.Where where, int port) {
    return (where.port().isEmpty() || where.port().getAsInt() == port)
        && (where.gateways().isEmpty() || where.gateways().contains(VirtualService.MESH))
        && traits.labels().entrySet().containsAll(where.sourceLabels().entrySet())
        && (where.sourceNamespace().isEmpty()
            || where.sourceNamespace().equals(traits.namespace()));
  }

  private Route route(VirtualService rule, HttpRoute http, Optional<HttpMatch> match, int port) {
    RouteAction.Builder action = action(http.timeout().orElse(Duration.ZERO));
    retries(http).ifPresent(action::setRetryPolicy);
    destinations(rule, http, port, action);
    String name = rule.metadata().name();
    Route.Builder route =
        Route.newBuilder()
            .setMatch(match.map(RouteRules::match).orElse(everything()))
            .setRoute(action)
            .setMetadata(
                Pack.config(Names.config("virtual-service", rule.metadata().namespace(), name)));
    String matchName = match.map(HttpMatch::name).orElse("");
    if (!http.name().isEmpty() || !matchName.isEmpty()) {
      route.setName(
          matchName.isEmpty()
              ? http.name()
              : http.name().isEmpty() ? matchName : http.name() + "." + matchName);
    }
    route.setDecorator(Routes.decorator(operation(action, name, port) + path(route.getMatch())));
    change(route, http.headers());
    return route.build();
  }

  private static RouteMatch everything() {
    return RouteMatch.newBuilder().setPrefix("/").build();
  }

  private static String operation(RouteAction.Builder action, String ruleName, int port) {
    if (action.hasWeightedClusters()) {
      return ruleName + ":" + port;
    }
    String[] parts = action.getCluster().split("\\|", -1);
    return parts[3] + ":" + parts[1];
  }

  private static String path(RouteMatch match) {
    return switch (match.getPathSpecifierCase()) {
      case PATH -> match.getPath();
      case PREFIX -> match.getPrefix() + "*";
      case SAFE_REGEX -> match.getSafeRegex().getRegex();
      default -> "/*";
    };
  }

  private void destinations(
      VirtualService rule, HttpRoute http, int port, RouteAction.Builder action) {
    List<Weighted> used =
        http.route().size() == 1
            ? http.route()
            : http.route().stream().filter(each -> each.weight() > 0).toList();
    for (Weighted each : used) {
      destinationPolicy(rule, each.destination(), port)
          .ifPresent(policy -> hash(policy).forEach(action::addHashPolicy));
    }
    if (used.size() == 1) {
      action.setCluster(cluster(rule, used.getFirst().destination(), port));
      return;
    }
    WeightedCluster.Builder clusters = WeightedCluster.newBuilder();
    for (Weighted each : used) {
      WeightedCluster.ClusterWeight.Builder one =
          WeightedCluster.ClusterWeight.newBuilder()
              .setName(cluster(rule, each.destination(), port))
              .setWeight(Pack.uint(each.weight()));
      one.addAllRequestHeadersToAdd(added(each.headers().request()))
          .addAllRequestHeadersToRemove(each.headers().request().remove())
          .addAllResponseHeadersToAdd(added(each.headers().response()))
          .addAllResponseHeadersToRemove(each.headers().response().remove());
      clusters.addClusters(one);
    }
    action.setWeightedClusters(clusters);
  }

  /** Returns the name of the cluster that a destination means. */
  String cluster(VirtualService rule, VirtualService.Destination destination, int listenerPort) {
    String host = Hosts.resolve(destination.host(), rule.metadata().namespace(), MeshModel.DOMAIN);
    return Names.outbound(port(host, destination, listenerPort), destination.subset(), host);
  }

  private int port(String host, VirtualService.Destination destination, int listenerPort) {
    OptionalInt written = destination.port();
    if (written.isPresent()) {
      return written.getAsInt();
    }
    return scope
        .service(host)
        .filter(service -> service.ports().size() == 1)
        .map(service -> service.ports().getFirst().number())
        .orElse(listenerPort);
  }

  private Optional<TrafficPolicy> destinationPolicy(
      VirtualService rule, VirtualService.Destination destination, int listenerPort) {
    String host = Hosts.resolve(destination.host(), rule.metadata().namespace(), MeshModel.DOMAIN);
    int port = port(host, destination, listenerPort);
    return scope
        .service(host)
        .map(service -> {
          HostPolicy policy = policies.apply(service);
          return policy
              .subset(destination.subset())
              .map(subset -> policy.ofPort(subset, port))
              .orElseGet(() -> policy.ofPort(port));
        });
  }

  private static List<RouteAction.HashPolicy> hash(TrafficPolicy policy) {
    if (policy.loadBalancer().isEmpty()
        || !(policy.loadBalancer().get() instanceof TrafficPolicy.LoadBalancer.Hash hash)) {
      return List.of();
    }
    RouteAction.HashPolicy.Builder built = RouteAction.HashPolicy.newBuilder();
    switch (hash.key()) {
      case TrafficPolicy.Key.Header(var name) ->
          built.setHeader(RouteAction.HashPolicy.Header.newBuilder().setHeaderName(name));
      case TrafficPolicy.Key.Cookie(var name, var path, var ttl) -> {
        var cookie = RouteAction.HashPolicy.Cookie.newBuilder().setName(name).setPath(path);
        ttl.ifPresent(each -> cookie.setTtl(Pack.duration(each)));
        built.setCookie(cookie);
      }
      case TrafficPolicy.Key.SourceIp() ->
          built.setConnectionProperties(
              RouteAction.HashPolicy.ConnectionProperties.newBuilder().setSourceIp(true));
      case TrafficPolicy.Key.QueryParameter(var name) ->
          built.setQueryParameter(RouteAction.HashPolicy.QueryParameter.newBuilder().setName(name));
    }
    return List.of(built.build());
  }

  private static Optional<RetryPolicy> retries(HttpRoute http) {
    if (http.retries().isEmpty()) {
      return Optional.of(defaultRetries());
    }
    VirtualService.Retries written = http.retries().get();
    if (written.attempts() == 0) {
      return Optional.empty();
    }
    RetryPolicy.Builder built =
        RetryPolicy.newBuilder()
            .setNumRetries(Pack.uint(written.attempts()))
            .setHostSelectionRetryMaxAttempts(5);
    if (written.retryOn().isEmpty()) {
      built.setRetryOn(DEFAULT_RETRY_ON);
    } else {
      List<String> conditions = new ArrayList<>();
      for (String each : written.retryOn().split(",")) {
        String condition = each.strip();
        if (condition.matches("[1-5][0-9][0-9]")) {
          built.addRetriableStatusCodes(Integer.parseInt(condition));
        } else if (!condition.isEmpty()) {
          conditions.add(condition);
        }
      }
      if (built.getRetriableStatusCodesCount() > 0
          && !conditions.contains("retriable-status-codes")) {
        conditions.add("retriable-status-codes");
      }
      built.setRetryOn(String.join(",", conditions));
    }
    if (written.ignorePreviousHosts()) {
      built.addRetryHostPredicate(previousHosts());
    }
    written.perTryTimeout().ifPresent(each -> built.setPerTryTimeout(Pack.duration(each)));
    written
        .backoff()
        .ifPresent(each ->
            built.setRetryBackOff(
                RetryPolicy.RetryBackOff.newBuilder()
                    .setBaseInterval(Pack.duration(each))
                    .setMaxInterval(Pack.duration(each.multipliedBy(10)))));
    return Optional.of(built.build());
  }

  private static RouteMatch match(HttpMatch match) {
    RouteMatch.Builder built =
        RouteMatch.newBuilder().setCaseSensitive(BoolValue.of(!match.ignoreUriCase()));
    StringMatch uri = match.uri().orElse(new StringMatch.Prefix("/"));
    switch (uri) {
      case StringMatch.Exact(var text) -> built.setPath(text);
      case StringMatch.Prefix(var text) -> built.setPrefix(text);
      case StringMatch.Regex(var text) -> {
        built.setSafeRegex(RegexMatcher.newBuilder().setRegex(text));
        built.clearCaseSensitive();
      }
      case StringMatch.Present() -> built.setPrefix("/");
    }
    match.headers().forEach((name, each) -> built.addHeaders(header(name, each)));
    match
        .withoutHeaders()
        .forEach(
            (name, each) -> built.addHeaders(header(name, each).toBuilder().setInvertMatch(true)));
    match.method().ifPresent(each -> built.addHeaders(header(":method", each)));
    match.authority().ifPresent(each -> built.addHeaders(header(":authority", each)));
    match.scheme().ifPresent(each -> built.addHeaders(header(":scheme", each)));
    match.queryParams().forEach((name, each) -> built.addQueryParameters(parameter(name, each)));
    return built.build();
  }

  private static HeaderMatcher header(String name, StringMatch match) {
    HeaderMatcher.Builder built = HeaderMatcher.newBuilder().setName(name);
    matcher(match).ifPresentOrElse(built::setStringMatch, () -> built.setPresentMatch(true));
    return built.build();
  }

  private static QueryParameterMatcher parameter(String name, StringMatch match) {
    QueryParameterMatcher.Builder built = QueryParameterMatcher.newBuilder().setName(name);
    matcher(match).ifPresentOrElse(built::setStringMatch, () -> built.setPresentMatch(true));
    return built.build();
  }

  private static Optional<StringMatcher> matcher(StringMatch match) {
    return switch (match) {
      case StringMatch.Exact(var text) ->
          Optional.of(StringMatcher.newBuilder().setExact(text).build());
      case StringMatch.Prefix(var text) ->
          Optional.of(StringMatcher.newBuilder().setPrefix(text).build());
      case StringMatch.Regex(var text) ->
          Optional.of(
              StringMatcher.newBuilder()
                  .setSafeRegex(RegexMatcher.newBuilder().setRegex(text))
                  .build());
      case StringMatch.Present() -> Optional.empty();
    };
  }

  private static void change(Route.Builder route, VirtualService.Headers headers) {
    route
        .addAllRequestHeadersToAdd(added(headers.request()))
        .addAllRequestHeadersToRemove(headers.request().remove())
        .addAllResponseHeadersToAdd(added(headers.response()))
        .addAllResponseHeadersToRemove(headers.response().remove());
  }

  private static List<HeaderValueOption> added(HeaderChange change) {
    List<HeaderValueOption> options = new ArrayList<>();
    add(options, change.add(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD);
    add(options, change.set(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
    return options;
  }

  private static void add(
      List<HeaderValueOption> options, Map<String, String> values, HeaderAppendAction action) {
    values.forEach((name, value) ->
        options.add(
            HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppendAction(action)
                .build()));
  }
}
