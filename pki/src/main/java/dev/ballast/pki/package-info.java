/** X.509, PEM and kubeconfig. */
@NullMarked
package dev.ballast.pki;

import org.jspecify.annotations.NullMarked;
