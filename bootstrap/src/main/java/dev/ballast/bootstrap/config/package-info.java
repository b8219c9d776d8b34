/**
 * The configuration files of kubeadm: read, checked, defaulted. Start reading at {@link Settings}.
 */
@NullMarked
package dev.ballast.bootstrap.config;

import org.jspecify.annotations.NullMarked;
