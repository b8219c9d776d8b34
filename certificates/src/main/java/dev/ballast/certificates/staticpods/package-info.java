/**
 * Restarts exactly those static pods that still use an old certificate, and asks them whether they
 * are well. Start reading at {@link dev.ballast.certificates.staticpods.StaticPods}.
 */
@NullMarked
package dev.ballast.certificates.staticpods;

import org.jspecify.annotations.NullMarked;
