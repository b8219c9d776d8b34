/**
 * {@code ballast kubeconfig}. Start reading at {@link
 * dev.ballast.cli.kubeconfig.KubeconfigCommand}.
 */
@NullMarked
package dev.ballast.cli.kubeconfig;

import org.jspecify.annotations.NullMarked;
