/**
 * Kubernetes-style objects: read, validate, watch, write status, record events. Start reading at
 * {@link dev.ballast.objects.ObjectStore}; {@link dev.ballast.objects.Decoder} reads manifests.
 */
@NullMarked
package dev.ballast.objects;

import org.jspecify.annotations.NullMarked;
