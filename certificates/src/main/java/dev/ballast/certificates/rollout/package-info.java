/**
 * A change of certificates brought all the way to the wire: applied, probed, restarted where it
 * must be, asked for health, and rolled back when that fails. Start reading at {@link
 * dev.ballast.certificates.rollout.Rollout}.
 */
@NullMarked
package dev.ballast.certificates.rollout;

import org.jspecify.annotations.NullMarked;
