/** A rack in network namespaces, a simulated clock and network. */
@NullMarked
package dev.ballast.lab;

import org.jspecify.annotations.NullMarked;
