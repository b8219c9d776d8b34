/**
 * Kubeconfig files: read with every fault named, changed without touching what is not meant. Start
 * reading at {@link dev.ballast.pki.kubeconfig.Kubeconfig}.
 */
@NullMarked
package dev.ballast.pki.kubeconfig;

import org.jspecify.annotations.NullMarked;
