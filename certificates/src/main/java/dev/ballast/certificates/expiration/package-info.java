/**
 * When certificates expire, as {@code certs check-expiration} prints it. Start reading at {@link
 * dev.ballast.certificates.expiration.ExpirationReport}.
 */
@NullMarked
package dev.ballast.certificates.expiration;

import org.jspecify.annotations.NullMarked;
