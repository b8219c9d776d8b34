/**
 * The mesh at one moment: services with their endpoints, rules, policies, and what a proxy sees of
 * them. Made of objects alone, without I/O. Start reading at {@code MeshModel}.
 */
@NullMarked
package dev.ballast.mesh.model;

import org.jspecify.annotations.NullMarked;
