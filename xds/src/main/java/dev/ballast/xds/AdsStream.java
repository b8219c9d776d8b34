package dev.ballast.xds;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One open stream. Any thread may update it. While the connection takes no more bytes only the
 * newest update is kept.
 */
public final class AdsStream {
  /** A client that sends so many names in one request is broken or hostile. */
  private static final int MOST_NAMES = 200_000;

  private final ServerCall<?, Response> call;
  private final ServerStream stream;
  private final boolean delta;
  private final StreamOwner owner;
  private final Peer peer;
  private ResourceSet newest = ResourceSet.EMPTY; // Guarded by this, as is the rest.
  private boolean waits;
  private boolean identified;
  private boolean ended;
  private final Map<String, EncodedResource> told = new HashMap<>();
  private long requests;
  private long responses;

  AdsStream(
      ServerCall<?, Response> call,
      ServerStream stream,
      boolean delta,
      StreamOwner owner,
      Peer peer) {
    this.call = call;
    this.stream = stream;
    this.delta = delta;
    this.owner = owner;
    this.peer = peer;
  }

  /** Gives the client newer resources, now or as soon as it can take them. */
  public void update(ResourceSet resources) {
    synchronized (this) {
      newest = resources;
      if (ended) {
        return;
      }
      if (!call.isReady()) {
        waits = true;
        return;
      }
      send(stream.update(resources));
    }
  }

  /** Whether the client uses the delta variant. */
  public boolean isDelta() {
    return delta;
  }

  /** Whether the client has acknowledged all that it should have. */
  public synchronized boolean isSettled() {
    return !waits && stream.isSettled();
  }

  /** Returns what the client rejects at present. */
  public synchronized List<Rejection> rejections() {
    return stream.rejections();
  }

  /** Returns the number of requests that came in. */
  public synchronized long requests() {
    return requests;
  }

  /** Returns the number of responses that went out. */
  public synchronized long responses() {
    return responses;
  }

  /** Ends the stream; the client will come back. */
  public void close(String reason) {
    end(Status.UNAVAILABLE.withDescription(reason));
  }

  void ready() {
    synchronized (this) {
      if (ended || !waits || !call.isReady()) {
        return;
      }
      waits = false;
      send(stream.update(newest));
    }
  }

  void receive(DiscoveryRequest request) {
    if (!identify(request.hasNode(), request.getNode())) {
      return;
    }
    ResourceType.of(request.getTypeUrl())
        .ifPresent(type ->
            receive(
                Request.stateOfTheWorld(
                    type,
                    request.getResourceNamesList(),
                    request.getResponseNonce(),
                    request.hasErrorDetail()
                        ? Optional.of(request.getErrorDetail().getMessage())
                        : Optional.empty())));
  }

  void receive(DeltaDiscoveryRequest request) {
    if (!identify(request.hasNode(), request.getNode())) {
      return;
    }
    ResourceType.of(request.getTypeUrl())
        .ifPresent(type ->
            receive(
                new Request(
                    type,
                    request.getResourceNamesSubscribeList(),
                    request.getResourceNamesUnsubscribeList(),
                    request.getInitialResourceVersionsMap(),
                    request.getResponseNonce(),
                    request.hasErrorDetail()
                        ? Optional.of(request.getErrorDetail().getMessage())
                        : Optional.empty())));
  }

  private boolean identify(boolean hasNode, Node node) {
    synchronized (this) {
      requests++;
      if (identified || ended) {
        return !ended;
      }
      identified = true;
    }
    if (!hasNode || node.getId().isEmpty()) {
      end(Status.INVALID_ARGUMENT.withDescription("missing node information"));
      return false;
    }
    try {
      owner.opened(this, node, peer);
      return true;
    } catch (RefusedException e) {
      end(e.status());
      return false;
    }
  }

  private void receive(Request request) {
    if (request.names().size() > MOST_NAMES) {
      end(
          Status.INVALID_ARGUMENT.withDescription(
              "the request names %d resources; the limit is %d"
                  .formatted(request.names().size(), MOST_NAMES)));
      return;
    }
    List<Rejection> news = List.of();
    synchronized (this) {
      if (ended) {
        return;
      }
      send(stream.receive(request));
      if (request.rejection().isPresent()) {
        news =
            stream.rejections().stream()
                .filter(each -> !each.resource().sameContent(told.get(key(each))))
                .toList();
        news.forEach(each -> told.put(key(each), each.resource()));
      }
    }
    if (!news.isEmpty()) {
      owner.rejected(this, news);
    }
  }

  private static String key(Rejection rejection) {
    return rejection.resource().type() + " " + rejection.resource().name();
  }

  private void send(List<Response> out) {
    for (Response response : out) {
      call.sendMessage(response);
      responses++;
    }
  }

  private void end(Status status) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      call.close(status, new io.grpc.Metadata());
    }
    owner.closed(this);
  }

  void gone() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    owner.closed(this);
  }
}
