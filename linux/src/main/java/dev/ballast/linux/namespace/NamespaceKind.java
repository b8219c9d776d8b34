package dev.ballast.linux.namespace;

/** The kinds of namespace, as in namespaces(7). */
public enum NamespaceKind {
  MOUNT("mnt", 0x0002_0000),
  CGROUP("cgroup", 0x0200_0000),
  UTS("uts", 0x0400_0000),
  IPC("ipc", 0x0800_0000),
  USER("user", 0x1000_0000),
  PID("pid", 0x2000_0000),
  NET("net", 0x4000_0000);

  private final String file;
  private final int flag;

  NamespaceKind(String file, int flag) {
    this.file = file;
    this.flag = flag;
  }

  /** Its name under {@code /proc/PID/ns}. */
  public String file() {
    return file;
  }

  /** Its {@code CLONE_NEW…} flag. */
  public int flag() {
    return flag;
  }
}
