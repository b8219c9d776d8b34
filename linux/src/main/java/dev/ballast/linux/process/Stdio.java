package dev.ballast.linux.process;

import java.nio.file.Path;

/** Where one of a child's three standard streams leads. */
public sealed interface Stdio {
  /** Nothing: end of file to read, and what is written is gone. */
  record Null() implements Stdio {}

  /** Where this process's own leads. */
  record Inherit() implements Stdio {}

  /** A pipe to {@link ChildProcess}. It has room for 64 KiB: somebody must read on. */
  record Pipe() implements Stdio {}

  /** Reads a file. */
  record FromFile(Path path) implements Stdio {}

  /** Appends to a file, made with mode 0600 when missing. */
  record AppendTo(Path path) implements Stdio {}
}
