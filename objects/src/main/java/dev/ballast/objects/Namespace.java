package dev.ballast.objects;

/** A namespace, {@code v1}: its labels choose pools. */
public record Namespace(Metadata metadata) implements KubernetesObject {}
