/**
 * Requests for certificates that an authority outside signs, as {@code certs generate-csr} writes
 * them. Start reading at {@link dev.ballast.certificates.requests.SigningRequests}.
 */
@NullMarked
package dev.ballast.certificates.requests;

import org.jspecify.annotations.NullMarked;
