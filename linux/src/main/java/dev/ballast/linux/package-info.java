/**
 * Every call into the kernel: namespaces, netlink, packet sockets, mounts, processes. Start reading
 * at {@link dev.ballast.linux.Namespaces} and {@link dev.ballast.linux.Route}. A refused call is a
 * {@link dev.ballast.linux.LinuxException} that carries errno.
 */
@NullMarked
package dev.ballast.linux;

import org.jspecify.annotations.NullMarked;
