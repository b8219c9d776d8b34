package dev.ballast.objects.api;

import dev.ballast.objects.Kind;
import dev.ballast.objects.Manifest;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.WriteResult;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;
import java.util.Optional;

/** Reads and writes single objects of the API. */
final class ObjectWrites {
  /** Others write too; each conflict means that one of them got through. */
  private static final int MOST_CONFLICTS = 5;

  private final KubernetesClient client;
  private final RequestRate rate;

  ObjectWrites(KubernetesClient client, RequestRate rate) {
    this.client = client;
    this.rate = rate;
  }

  private NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>>
      in(Kind<?> kind, ObjectKey key) {
    var all = client.genericKubernetesResources(WatchedKind.context(kind));
    return kind.scope() == Kind.Scope.NAMESPACED
        ? all.inNamespace(key.namespace().isEmpty() ? "default" : key.namespace())
        : all;
  }

  /** Returns the operations on one object, after waiting for its turn. */
  Resource<GenericKubernetesResource> at(Kind<?> kind, ObjectKey key) {
    rate.await();
    return in(kind, key).withName(key.name());
  }

  private Resource<GenericKubernetesResource> with(Manifest manifest) {
    rate.await();
    return in(manifest.kind(), manifest.key()).resource(Resources.resource(manifest));
  }

  Optional<Manifest> get(Kind<?> kind, ObjectKey key) {
    return Optional.ofNullable(at(kind, key).get())
        .map(resource -> Resources.manifest(kind, resource));
  }

  List<Manifest> all(Kind<?> kind) {
    rate.await();
    return client
        .genericKubernetesResources(WatchedKind.context(kind))
        .inAnyNamespace()
        .list()
        .getItems()
        .stream()
        .map(resource -> Resources.manifest(kind, resource))
        .toList();
  }

  WriteResult create(Manifest object) {
    try {
      return written(object.kind(), with(object.without("status")).create());
    } catch (KubernetesClientException e) {
      WriteResult result = Answers.result("create", object.key(), e);
      // Its namespace or its kind is not there: nothing of the object itself.
      return result instanceof WriteResult.Gone(String reason)
          ? new WriteResult.Refused(reason)
          : result;
    }
  }

  private static WriteResult written(Kind<?> kind, GenericKubernetesResource stored) {
    return new WriteResult.Written(Optional.of(Resources.manifest(kind, stored)));
  }

  WriteResult update(Manifest object) {
    for (int conflicts = 0; ; conflicts++) {
      try {
        Manifest versioned = object;
        if (object.resourceVersion().isEmpty()) {
          Optional<Manifest> live = get(object.kind(), object.key());
          if (live.isEmpty()) {
            return new WriteResult.Gone(object.key() + " is not there");
          }
          versioned = object.withMetadata("resourceVersion", live.get().resourceVersion());
        }
        return written(object.kind(), with(versioned).update());
      } catch (KubernetesClientException e) {
        WriteResult result = Answers.result("update", object.key(), e);
        boolean again =
            result instanceof WriteResult.Conflict
                && object.resourceVersion().isEmpty()
                && conflicts < MOST_CONFLICTS;
        if (!again) {
          return result;
        }
      }
    }
  }

  WriteResult apply(String owner, Manifest fields, boolean force) {
    try {
      Resource<GenericKubernetesResource> resource = with(fields.without("status"));
      GenericKubernetesResource stored =
          force
              ? resource.fieldManager(owner).forceConflicts().serverSideApply()
              : resource.fieldManager(owner).serverSideApply();
      return written(fields.kind(), stored);
    } catch (KubernetesClientException e) {
      WriteResult result = Answers.result("apply", fields.key(), e);
      return result instanceof WriteResult.Gone(String reason)
          ? new WriteResult.Refused(reason)
          : result;
    }
  }

  WriteResult delete(Kind<?> kind, ObjectKey key, Optional<Manifest> seen) {
    try {
      Resource<GenericKubernetesResource> resource = at(kind, key);
      String version = seen.map(Manifest::resourceVersion).orElse("");
      List<StatusDetails> deleted =
          version.isEmpty() ? resource.delete() : resource.lockResourceVersion(version).delete();
      return deleted.isEmpty()
          ? new WriteResult.Gone(key + " is not there")
          : new WriteResult.Written(Optional.empty());
    } catch (KubernetesClientException e) {
      return Answers.result("delete", key, e);
    }
  }
}
