/**
 * Brings up, joins and resets the machines of a Kubernetes cluster as kubeadm does. Start reading
 * at {@link dev.ballast.bootstrap.config.Settings} and {@link dev.ballast.bootstrap.phase.Phase}.
 */
@NullMarked
package dev.ballast.bootstrap;

import org.jspecify.annotations.NullMarked;
