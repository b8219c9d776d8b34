/**
 * Renewal: what shall be written is decided from what was read and carries its reasons; keys and
 * signatures are made next, and nothing here writes a file. Start reading at {@link
 * dev.ballast.certificates.renewal.Renewals}.
 */
@NullMarked
package dev.ballast.certificates.renewal;

import org.jspecify.annotations.NullMarked;
