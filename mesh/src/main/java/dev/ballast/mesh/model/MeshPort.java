package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.Protocol;

/**
 * A port of a service.
 *
 * @param targetPort the port of an endpoint that names no other; 0 when endpoints always do
 */
public record MeshPort(int number, String name, Protocol protocol, int targetPort) {}
