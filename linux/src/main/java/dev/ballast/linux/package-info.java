/** Every call into the kernel: namespaces, netlink, packet sockets, mounts, processes. */
@NullMarked
package dev.ballast.linux;

import org.jspecify.annotations.NullMarked;
