/**
 * Kubeconfigs for further users, as {@code kubeadm kubeconfig user} makes them. Start reading at
 * {@link dev.ballast.certificates.users.UserKubeconfig}.
 */
@NullMarked
package dev.ballast.certificates.users;

import org.jspecify.annotations.NullMarked;
