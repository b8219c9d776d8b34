/** Kubernetes-style objects: read, validate, watch, write status. */
@NullMarked
package dev.ballast.objects;

import org.jspecify.annotations.NullMarked;
