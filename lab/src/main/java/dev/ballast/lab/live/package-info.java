/**
 * A rack in network namespaces of this kernel, each host a process of its own; made, journalled and
 * torn down whole. Start at {@link dev.ballast.lab.live.Lab}.
 */
@NullMarked
package dev.ballast.lab.live;

import org.jspecify.annotations.NullMarked;
