package dev.ballast.xds;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The delta variant: only what changed, and what is gone. */
final class DeltaStream implements ServerStream {
  private static final String ALL = "*";

  private final Map<ResourceType, Subscription> subscriptions = new EnumMap<>(ResourceType.class);
  private ResourceSet wanted = ResourceSet.EMPTY;
  private long responses;

  private static final class Subscription {
    private final Suspicion suspicion = new Suspicion();
    private final Set<String> names = new LinkedHashSet<>();
    private boolean all;

    /** The version of each resource that the client has or was sent. */
    private final Map<String, String> known = new HashMap<>();

    /** What is sent again whatever its version: it was asked for, or what refers to it changed. */
    private final Set<String> again = new LinkedHashSet<>();

    private final Map<String, String> acknowledged = new HashMap<>();
    private List<EncodedResource> inLast = List.of();
    private String nonce = "";
    private boolean unanswered;
    private boolean opened;
  }

  @Override
  public List<Response> receive(Request request) {
    @Nullable Subscription known = subscriptions.get(request.type());
    Subscription subscription = known == null ? new Subscription() : known;
    if (known == null) {
      subscription.known.putAll(request.initialVersions());
      subscription.all = request.type().isWildcard() && request.names().isEmpty();
      subscriptions.put(request.type(), subscription);
    }
    if (subscription.unanswered && request.nonce().equals(subscription.nonce)) {
      answered(subscription, request.rejection());
    }
    for (String name : request.names()) {
      if (name.equals(ALL)) {
        subscription.all = true;
      } else {
        subscription.names.add(name);
        if (!request.initialVersions().containsKey(name)) {
          subscription.again.add(name);
        }
      }
    }
    for (String name : request.unsubscribed()) {
      if (name.equals(ALL)) {
        subscription.all = false;
      } else {
        subscription.names.remove(name);
        subscription.known.remove(name);
        subscription.again.remove(name);
      }
    }
    return advance();
  }

  private static void answered(Subscription subscription, Optional<String> rejection) {
    subscription.unanswered = false;
    if (rejection.isEmpty()) {
      subscription.inLast.forEach(
          each -> subscription.acknowledged.put(each.name(), each.version()));
      subscription.suspicion.acknowledged();
      return;
    }
    List<EncodedResource> news =
        subscription.inLast.stream()
            .filter(each -> !each.version().equals(subscription.acknowledged.get(each.name())))
            .toList();
    subscription.suspicion.rejected(news, rejection.get());
    // The client may have dropped the whole response: what is not to blame is sent again.
    subscription.inLast.forEach(each -> subscription.known.remove(each.name()));
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
    List<EncodedResource> changed = changed(type, subscription);
    List<String> removed = removed(type, subscription);
    boolean first = !subscription.opened;
    if (changed.isEmpty() && removed.isEmpty() && !(first && type.isWildcard())) {
      return;
    }
    for (EncodedResource resource : changed) {
      subscription.known.put(resource.name(), resource.version());
    }
    removed.forEach(subscription.known::remove);
    subscription.again.clear();
    if (type == ResourceType.CLUSTER) {
      // A cluster that is replaced waits for its endpoints, though they are the same.
      refresh(ResourceType.ENDPOINT, changed);
    }
    responses++;
    subscription.opened = true;
    subscription.nonce = Long.toString(responses);
    subscription.inLast = changed;
    subscription.unanswered = true;
    removed.forEach(subscription.acknowledged::remove);
    out.add(new Response(type, "v" + responses, subscription.nonce, changed, removed));
  }

  private void refresh(ResourceType type, Collection<EncodedResource> parents) {
    Subscription child = subscriptions.get(type);
    if (child != null) {
      for (EncodedResource parent : parents) {
        if (child.names.contains(parent.name())) {
          child.again.add(parent.name());
        }
      }
    }
  }

  private List<EncodedResource> changed(ResourceType type, Subscription subscription) {
    Map<String, EncodedResource> changed = new LinkedHashMap<>();
    if (subscription.all) {
      wanted.all(type).values().forEach(each -> consider(each, subscription, changed));
    }
    for (String name : subscription.names) {
      wanted.find(type, name).ifPresent(each -> consider(each, subscription, changed));
    }
    return List.copyOf(changed.values());
  }

  private static void consider(
      EncodedResource each, Subscription subscription, Map<String, EncodedResource> changed) {
    boolean isNew =
        !each.version().equals(subscription.known.get(each.name()))
            || subscription.again.contains(each.name());
    if (isNew && !subscription.suspicion.holdsBack(each)) {
      changed.put(each.name(), each);
    }
  }

  private List<String> removed(ResourceType type, Subscription subscription) {
    if (type == ResourceType.CLUSTER && !referrersSettled()) {
      return List.of(); // Routes that the client still has may refer to them.
    }
    Map<String, EncodedResource> all = wanted.all(type);
    List<String> removed = new ArrayList<>();
    for (String name : subscription.known.keySet()) {
      boolean there =
          subscription.names.contains(name)
              ? wanted.find(type, name).isPresent()
              : subscription.all && all.containsKey(name);
      if (!there) {
        removed.add(name);
      }
    }
    return removed;
  }

  private boolean referrersSettled() {
    return isSettled(ResourceType.LISTENER) && isSettled(ResourceType.ROUTE);
  }

  private boolean isSettled(ResourceType type) {
    Subscription subscription = subscriptions.get(type);
    return subscription == null
        || (!subscription.unanswered
            && changed(type, subscription).isEmpty()
            && removedOf(type, subscription).isEmpty());
  }

  private List<String> removedOf(ResourceType type, Subscription subscription) {
    return type == ResourceType.CLUSTER ? List.of() : removed(type, subscription);
  }

  @Override
  public List<Rejection> rejections() {
    List<Rejection> all = new ArrayList<>();
    subscriptions.values().forEach(each -> all.addAll(each.suspicion.all()));
    return all;
  }

  @Override
  public boolean isSettled() {
    return subscriptions.keySet().stream().allMatch(this::isSettled);
  }
}
