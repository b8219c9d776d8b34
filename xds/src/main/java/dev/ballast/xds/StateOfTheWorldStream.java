package dev.ballast.xds;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The state-of-the-world variant: each response of listeners and clusters holds all of them. */
final class StateOfTheWorldStream implements ServerStream {
  private final Map<ResourceType, Subscription> subscriptions = new EnumMap<>(ResourceType.class);
  private ResourceSet wanted = ResourceSet.EMPTY;
  private long responses;

  private static final class Subscription {
    private final Suspicion suspicion = new Suspicion();
    private Set<String> names = Set.of();
    private boolean all;

    /** What the client was sent last, name by name. */
    private Map<String, EncodedResource> sent = new LinkedHashMap<>();

    private Map<String, EncodedResource> acknowledged = new LinkedHashMap<>();
    private List<EncodedResource> inLast = List.of();
    private String nonce = "";
    private boolean unanswered;

    /** The client waits for an answer, whatever has changed. */
    private boolean owed;

    /** The next request is to be answered in whole: what refers to these resources has changed. */
    private boolean refresh;
  }

  @Override
  public List<Response> receive(Request request) {
    @Nullable Subscription known = subscriptions.get(request.type());
    if (known == null || request.nonce().isEmpty()) {
      Subscription fresh = new Subscription();
      subscribe(fresh, request);
      fresh.owed = fresh.all || !fresh.names.isEmpty();
      subscriptions.put(request.type(), fresh);
      return advance();
    }
    if (!request.nonce().equals(known.nonce) && !known.nonce.isEmpty()) {
      return List.of(); // An answer to what was replaced meanwhile.
    }
    if (known.unanswered) {
      answered(known, request);
    }
    Set<String> before = known.names;
    subscribe(known, request);
    if (!before.containsAll(known.names) || known.refresh) {
      known.owed = true;
    }
    known.refresh = false;
    known.sent.keySet().removeIf(name -> !known.all && !known.names.contains(name));
    known.acknowledged.keySet().removeIf(name -> !known.all && !known.names.contains(name));
    return advance();
  }

  private static void subscribe(Subscription subscription, Request request) {
    subscription.names = new LinkedHashSet<>(request.names());
    subscription.all = request.type().isWildcard() && request.names().isEmpty();
  }

  private static void answered(Subscription known, Request request) {
    known.unanswered = false;
    if (request.rejection().isEmpty()) {
      known.acknowledged = new LinkedHashMap<>(known.sent);
      known.suspicion.acknowledged();
      return;
    }
    List<EncodedResource> news =
        known.inLast.stream()
            .filter(each -> !each.sameContent(known.acknowledged.get(each.name())))
            .toList();
    known.suspicion.rejected(news, request.rejection().get());
  }

  @Override
  public List<Response> update(ResourceSet newest) {
    wanted = newest;
    return advance();
  }

  private List<Response> advance() {
    List<Response> out = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      Subscription subscription = subscriptions.get(type);
      if (subscription != null && !subscription.unanswered) {
        respond(type, subscription, out);
      }
    }
    return out;
  }

  private void respond(ResourceType type, Subscription subscription, List<Response> out) {
    Map<String, EncodedResource> next = next(type, subscription);
    boolean changed = !same(next, subscription.sent);
    if (!changed && !subscription.owed) {
      return;
    }
    List<EncodedResource> content = new ArrayList<>();
    for (EncodedResource resource : next.values()) {
      // Clusters and listeners are all in each response; of the others, only what is new.
      if (type.isWildcard()
          || subscription.owed
          || !resource.sameContent(subscription.sent.get(resource.name()))) {
        content.add(resource);
      }
    }
    if (content.isEmpty() && !type.isWildcard() && !subscription.owed) {
      subscription.sent = next;
      return; // Only removals, which this variant cannot say.
    }
    if (changed) {
      if (type == ResourceType.CLUSTER) {
        refresh(ResourceType.ENDPOINT);
      } else if (type == ResourceType.LISTENER) {
        refresh(ResourceType.ROUTE);
      }
    }
    responses++;
    subscription.nonce = Long.toString(responses);
    subscription.sent = next;
    subscription.inLast = content;
    subscription.owed = false;
    subscription.unanswered = true;
    out.add(new Response(type, "v" + responses, subscription.nonce, content, List.of()));
  }

  private void refresh(ResourceType type) {
    Subscription child = subscriptions.get(type);
    if (child != null) {
      child.refresh = true;
    }
  }

  /** What the client should have now, as far as it may be sent. */
  private Map<String, EncodedResource> next(ResourceType type, Subscription subscription) {
    Map<String, EncodedResource> next = new LinkedHashMap<>();
    if (subscription.all) {
      wanted.all(type).values().forEach(each -> put(next, subscription, each));
    } else {
      for (String name : subscription.names) {
        wanted.find(type, name).ifPresent(each -> put(next, subscription, each));
      }
    }
    if (type == ResourceType.CLUSTER && !referrersSettled()) {
      // Routes that the client still has may refer to them.
      subscription.acknowledged.forEach(next::putIfAbsent);
    }
    return next;
  }

  private static void put(
      Map<String, EncodedResource> next, Subscription subscription, EncodedResource resource) {
    if (!subscription.suspicion.holdsBack(resource)) {
      next.put(resource.name(), resource);
      return;
    }
    EncodedResource last = subscription.acknowledged.get(resource.name());
    if (last != null) {
      next.put(last.name(), last);
    }
  }

  private boolean referrersSettled() {
    return isSettled(ResourceType.LISTENER) && isSettled(ResourceType.ROUTE);
  }

  private boolean isSettled(ResourceType type) {
    Subscription subscription = subscriptions.get(type);
    return subscription == null
        || (!subscription.unanswered && same(next(type, subscription), subscription.sent));
  }

  private static boolean same(
      Map<String, EncodedResource> one, Map<String, EncodedResource> other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (EncodedResource each : one.values()) {
      if (!each.sameContent(other.get(each.name()))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public List<Rejection> rejections() {
    List<Rejection> all = new ArrayList<>();
    subscriptions.values().forEach(each -> all.addAll(each.suspicion.all()));
    return all;
  }

  @Override
  public boolean isSettled() {
    Set<ResourceType> open = new HashSet<>();
    for (ResourceType type : subscriptions.keySet()) {
      if (!isSettled(type)) {
        open.add(type);
      }
    }
    return open.isEmpty();
  }
}
