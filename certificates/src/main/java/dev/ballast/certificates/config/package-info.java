/**
 * kubeadm's configuration, as far as certificates depend on it, and where it comes from. Start
 * reading at {@link dev.ballast.certificates.config.InitConfiguration}.
 */
@NullMarked
package dev.ballast.certificates.config;

import org.jspecify.annotations.NullMarked;
