package dev.ballast.certificates.change;

import java.nio.file.Path;

/** One file as it shall be afterwards. */
public sealed interface FileChange {
  Path path();

  /**
   * The file holds these bytes. A symbolic link at the path is followed and kept; the file behind
   * it is replaced. Owner and mode stay as they are, except for bits that {@link Access} forbids.
   */
  record Put(Path path, Content content, Access access) implements FileChange {
    public Put {
      path = path.toAbsolutePath().normalize();
    }
  }

  /** The file is gone. */
  record Delete(Path path) implements FileChange {
    public Delete {
      path = path.toAbsolutePath().normalize();
    }
  }

  /** The path itself is a symbolic link with this text, as kubelet-client-current.pem is. */
  record Link(Path path, Path target) implements FileChange {
    public Link {
      path = path.toAbsolutePath().normalize();
    }
  }
}
