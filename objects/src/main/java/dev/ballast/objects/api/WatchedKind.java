package dev.ballast.objects.api;

import dev.ballast.objects.Decoder;
import dev.ballast.objects.Kind;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.Origin;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Scheme;
import dev.ballast.objects.Stored;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The objects of one kind, listed and watched. */
final class WatchedKind implements ResourceEventHandler<GenericKubernetesResource>, AutoCloseable {
  private final Kind<?> kind;
  private final Scheme scheme;
  private final KubernetesClient client;
  private final Runnable changed;
  private final Map<ObjectKey, Stored> objects = new ConcurrentSkipListMap<>();
  private final Map<ObjectKey, List<Problem>> problems = new ConcurrentSkipListMap<>();
  private volatile Optional<Problem> refusal = Optional.empty();
  private volatile @Nullable SharedIndexInformer<GenericKubernetesResource> informer;

  WatchedKind(Kind<?> kind, Scheme scheme, KubernetesClient client, Runnable changed) {
    this.kind = kind;
    this.scheme = scheme;
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

  List<Stored> objects() {
    return new ArrayList<>(objects.values());
  }

  List<Problem> problems() {
    List<Problem> all = new ArrayList<>();
    problems.values().forEach(all::addAll);
    if (!isCurrent()) {
      refusal.ifPresent(all::add);
    }
    return all;
  }

  /** Returns the resource as the API has it; empty when there is none. */
  Optional<GenericKubernetesResource> resource(ObjectKey key) {
    SharedIndexInformer<GenericKubernetesResource> running = informer;
    if (running == null) {
      return Optional.empty();
    }
    String cached = key.namespace().isEmpty() ? key.name() : key.namespace() + "/" + key.name();
    return Optional.ofNullable(running.getIndexer().getByKey(cached));
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
    ObjectKey key = key(resource);
    objects.remove(key);
    problems.remove(key);
    changed.run();
  }

  private ObjectKey key(GenericKubernetesResource resource) {
    String namespace = resource.getMetadata().getNamespace();
    return new ObjectKey(
        kind.name(), namespace == null ? "" : namespace, resource.getMetadata().getName());
  }

  /** What cannot be read keeps what was read before in force, and is reported. */
  private void put(GenericKubernetesResource resource) {
    ObjectKey key = key(resource);
    // A watch that is served from a list leaves these out.
    resource.setKind(kind.name());
    resource.setApiVersion(kind.apiVersion());
    resource.getMetadata().setManagedFields(null);
    Decoder.Decoded decoded =
        Decoder.decode(scheme, key.toString(), Serialization.asJson(resource));
    decoded
        .objects()
        .forEach(stored ->
            objects.put(
                key, new Stored(stored.object(), new Origin(key.toString(), 0, 0), Map.of())));
    List<Problem> errors =
        decoded.problems().stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .map(problem ->
                new Problem(
                    problem.severity(),
                    new Origin(key.toString(), 0, 0),
                    problem.path(),
                    problem.message(),
                    problem.remedy()))
            .toList();
    if (errors.isEmpty()) {
      problems.remove(key);
    } else {
      problems.put(key, errors);
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
