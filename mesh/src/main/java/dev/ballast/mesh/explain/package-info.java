/**
 * Why a request goes where it goes: a walk over the configuration that a proxy was given, with what
 * was chosen at each stage and what was rejected. Start reading at {@code Explanation}.
 */
@NullMarked
package dev.ballast.mesh.explain;

import org.jspecify.annotations.NullMarked;
