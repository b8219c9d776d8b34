/**
 * The whole PKI of a new cluster in kubeadm's layout, as {@code kubeadm init phase certs} and
 * {@code kubeconfig} make it. Start reading at {@link
 * dev.ballast.certificates.creation.ClusterCreation}.
 */
@NullMarked
package dev.ballast.certificates.creation;

import org.jspecify.annotations.NullMarked;
