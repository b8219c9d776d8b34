/**
 * The certificates of a kubeadm cluster: which there are, where they lie and what they must say.
 * Start reading at {@link dev.ballast.certificates.Leaf} and {@link
 * dev.ballast.certificates.Inventory}.
 */
@NullMarked
package dev.ballast.certificates;

import org.jspecify.annotations.NullMarked;
