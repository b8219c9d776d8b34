/**
 * A real Kubernetes cluster on one machine: kubeadm, kubelet, containerd and the rest in
 * namespaces. Start at {@link dev.ballast.testkit.cluster.Cluster}.
 */
@NullMarked
package dev.ballast.testkit.cluster;

import org.jspecify.annotations.NullMarked;
