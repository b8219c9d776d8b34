/**
 * Brings back a node whose certificates, kubelet identity or authorities have expired, without an
 * API server. Start reading at {@link dev.ballast.certificates.recovery.RecoveryDecision}.
 */
@NullMarked
package dev.ballast.certificates.recovery;

import org.jspecify.annotations.NullMarked;
