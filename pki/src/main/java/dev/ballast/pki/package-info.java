/**
 * X.509 certificates, keys, PEM and requests as a Kubernetes cluster has them. Start reading at
 * {@link dev.ballast.pki.CertificateAuthority}, which signs, and {@link
 * dev.ballast.pki.Certificates}, which reads.
 */
@NullMarked
package dev.ballast.pki;

import org.jspecify.annotations.NullMarked;
