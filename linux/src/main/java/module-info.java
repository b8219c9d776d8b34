/** Every call into the kernel: namespaces, netlink, packet sockets, mounts, processes. */
module dev.ballast.linux {
  requires static org.jspecify;

  exports dev.ballast.linux;
}
