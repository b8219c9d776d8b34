/**
 * A new authority in three stages that can be resumed: trust both, reissue, drop the old. Start
 * reading at {@link dev.ballast.certificates.rotation.Stage}.
 */
@NullMarked
package dev.ballast.certificates.rotation;

import org.jspecify.annotations.NullMarked;
