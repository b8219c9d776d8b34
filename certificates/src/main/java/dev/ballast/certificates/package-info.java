/** The certificates of a kubeadm cluster: see, renew, recover. */
@NullMarked
package dev.ballast.certificates;

import org.jspecify.annotations.NullMarked;
