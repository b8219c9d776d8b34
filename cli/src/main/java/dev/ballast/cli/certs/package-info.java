/**
 * {@code ballast certs}: kubeadm's certificate commands and what goes beyond them. Start reading at
 * CertsCommand.
 */
@NullMarked
package dev.ballast.cli.certs;

import org.jspecify.annotations.NullMarked;
