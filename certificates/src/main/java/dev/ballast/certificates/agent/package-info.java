/**
 * Renewal on its own: the role {@code certs-agent}. Start reading at {@link
 * dev.ballast.certificates.agent.DueDate}.
 */
@NullMarked
package dev.ballast.certificates.agent;

import org.jspecify.annotations.NullMarked;
