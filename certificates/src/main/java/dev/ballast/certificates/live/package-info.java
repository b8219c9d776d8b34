/**
 * What the ports of a node really serve, against what its files say. Start reading at {@link
 * dev.ballast.certificates.live.Probe} and {@link dev.ballast.certificates.live.Freshness}.
 */
@NullMarked
package dev.ballast.certificates.live;

import org.jspecify.annotations.NullMarked;
