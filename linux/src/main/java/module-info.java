/** Every call into the kernel: namespaces, netlink, packet sockets, mounts, processes. */
module dev.ballast.linux {
  requires static org.jspecify;

  exports dev.ballast.linux;
  exports dev.ballast.linux.file;
  exports dev.ballast.linux.mount;
  exports dev.ballast.linux.namespace;
  exports dev.ballast.linux.netlink;
  exports dev.ballast.linux.packet;
  exports dev.ballast.linux.process;
  exports dev.ballast.linux.socket;
  exports dev.ballast.linux.thread;
}
