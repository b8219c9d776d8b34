package dev.ballast.certificates.renewal;

import dev.ballast.pki.KeyAlgorithm;
import java.time.Duration;
import java.time.Instant;

/**
 * What renewed certificates shall be like.
 *
 * @param algorithm of the new keys
 * @param validity from {@code start} on
 * @param start the one time that all of them start from
 * @param names what to change about the names of the serving certificates
 */
public record RenewalTerms(
    KeyAlgorithm algorithm, Duration validity, Instant start, NameChange names) {}
