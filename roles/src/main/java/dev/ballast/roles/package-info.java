/** Start, stop, health and metrics of every long-running part. */
@NullMarked
package dev.ballast.roles;

import org.jspecify.annotations.NullMarked;
