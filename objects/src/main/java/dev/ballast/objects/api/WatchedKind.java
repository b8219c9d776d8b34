package dev.ballast.objects.api;

import dev.ballast.objects.Decoder;
import dev.ballast.objects.Kind;
import dev.ballast.objects.Manifest;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Origin;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Stored;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The objects of one kind, listed and watched. */
final class WatchedKind implements ResourceEventHandler<GenericKubernetesResource>, AutoCloseable {
  private final Kind<?> kind;
  private final KubernetesClient client;
  private final Runnable changed;
  private final Object lock = new Object();

  /** What changed since it was taken last; empty for objects that are gone. */
  private Map<ObjectKey, Optional<Stored>> news = new LinkedHashMap<>();

  private final Map<ObjectKey, List<Problem>> problems = new TreeMap<>();
  private volatile Optional<Problem> refusal = Optional.empty();
  private volatile @Nullable SharedIndexInformer<GenericKubernetesResource> informer;

  WatchedKind(Kind<?> kind, KubernetesClient client, Runnable changed) {
    this.kind = kind;
    this.client = client;
    this.changed = changed;
  }

  Kind<?> kind() {
    return kind;
  }

  /** Begins to list and watch, and goes on until it is closed; does not wait. */
  void start() {
    SharedIndexInformer<GenericKubernetesResource> starting =
        client
            .genericKubernetesResources(context(kind))
            .inAnyNamespace()
            .runnableInformer(0)
            .exceptionHandler((_, thrown) -> {
              refused(thrown);
              return true;
            })
            .addEventHandler(this);
    informer = starting;
    var _ = starting.start();
  }

  static ResourceDefinitionContext context(Kind<?> kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(kind.group())
        .withVersion(kind.version())
        .withKind(kind.name())
        .withPlural(kind.plural())
        .withNamespaced(kind.scope() == Kind.Scope.NAMESPACED)
        .build();
  }

  private void refused(Throwable thrown) {
    String remedy =
        switch (Answers.code(thrown)) {
          case Answers.NOT_FOUND ->
              "apply the CustomResourceDefinition " + kind.resource() + " to the cluster";
          case Answers.FORBIDDEN ->
              "allow this account to list and watch " + kind.resource() + " in all namespaces";
          case Answers.UNAUTHORIZED -> "the credentials are not accepted: renew them";
          default -> "it is tried again";
        };
    Problem problem =
        new Problem(
            Problem.Severity.ERROR,
            new Origin(client.getMasterUrl().toString(), 0, 0),
            "",
            "cannot list or watch " + kind.resource() + ": " + Answers.text(thrown),
            remedy);
    if (!refusal.equals(Optional.of(problem))) {
      refusal = Optional.of(problem);
      changed.run();
    }
  }

  /** Returns whether everything was listed, and the watch runs. */
  boolean isCurrent() {
    SharedIndexInformer<GenericKubernetesResource> running = informer;
    return running != null && running.hasSynced() && running.isWatching();
  }

  /** Takes what changed since the last call. */
  Map<ObjectKey, Optional<Stored>> takeNews() {
    synchronized (lock) {
      Map<ObjectKey, Optional<Stored>> taken = news;
      news = new LinkedHashMap<>();
      return taken;
    }
  }

  List<Problem> problems() {
    List<Problem> all = new ArrayList<>();
    synchronized (lock) {
      problems.values().forEach(all::addAll);
    }
    if (!isCurrent()) {
      refusal.ifPresent(all::add);
    }
    return all;
  }

  /** Returns the object as the API had it last; empty when there is none. */
  Optional<Manifest> seen(ObjectKey key) {
    SharedIndexInformer<GenericKubernetesResource> running = informer;
    if (running == null) {
      return Optional.empty();
    }
    String cached = key.namespace().isEmpty() ? key.name() : key.namespace() + "/" + key.name();
    return Optional.ofNullable(running.getIndexer().getByKey(cached))
        .map(resource -> Resources.manifest(kind, resource));
  }

  @Override
  public void onList(String resourceVersion, boolean remainedEmpty) {
    refusal = Optional.empty();
    changed.run();
  }

  @Override
  public void onAdd(GenericKubernetesResource resource) {
    put(resource);
  }

  @Override
  public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource resource) {
    refusal = Optional.empty();
    put(resource);
  }

  @Override
  public void onDelete(GenericKubernetesResource resource, boolean finalStateUnknown) {
    ObjectKey key = Resources.manifest(kind, resource).key();
    synchronized (lock) {
      news.put(key, Optional.empty());
      problems.remove(key);
    }
    changed.run();
  }

  /** What cannot be read keeps what was read before in force, and is reported. */
  private void put(GenericKubernetesResource resource) {
    // Nobody reads them, and they are as large as the rest.
    resource.getMetadata().setManagedFields(null);
    Manifest manifest = Resources.manifest(kind, resource);
    ObjectKey key = manifest.key();
    Origin origin = new Origin(key.toString(), 0, 0);
    Decoder.Decoded decoded = Decoder.decode(kind, key.toString(), manifest.content());
    List<Problem> errors =
        decoded.problems().stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .toList();
    synchronized (lock) {
      decoded
          .objects()
          .forEach(
              stored -> news.put(key, Optional.of(new Stored(stored.object(), origin, Map.of()))));
      if (errors.isEmpty()) {
        problems.remove(key);
      } else {
        problems.put(key, errors);
      }
    }
    changed.run();
  }

  @Override
  public void close() {
    SharedIndexInformer<GenericKubernetesResource> running = informer;
    if (running != null) {
      running.close();
    }
  }
}
