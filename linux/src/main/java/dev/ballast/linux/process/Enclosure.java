package dev.ballast.linux.process;

import dev.ballast.linux.mount.Mounts;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Turns the calling OS thread into the parent of programs that have their own root, processes, host
 * name and messages. The thread can never come back: let it end after {@link #close}.
 *
 * <p>The first process of the new PID namespace is a shell of the host that mounts {@code /proc}
 * and then waits for the end of its input. When this JVM is killed, the input ends, the shell ends,
 * and the kernel kills every process of the namespace. So nothing that was started here survives.
 */
public final class Enclosure implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(60);

  private final Path root;
  private final ChildProcess first;

  private Enclosure(Path root, ChildProcess first) {
    this.root = root;
    this.first = first;
  }

  /**
   * Enters fresh namespaces.
   *
   * @param root an existing directory on which {@code mounts} will mount the new root, with {@code
   *     proc} in it
   * @param ownNetwork whether the thread also gets a network of its own, which is empty
   * @param mounts prepares the root, in the new mount namespace
   */
  public static Enclosure enter(Path root, boolean ownNetwork, Runnable mounts) throws IOException {
    CurrentThread.unshareFileSystemState();
    Namespace.unshare(NamespaceKind.MOUNT, NamespaceKind.UTS, NamespaceKind.IPC);
    if (ownNetwork) {
      Namespace.unshare(NamespaceKind.NET);
    }
    Mounts.makePrivate(Path.of("/"));
    mounts.run();
    Namespace.unshare(NamespaceKind.PID);
    ChildProcess first =
        Spawn.spawnUnguarded(
            Command.of(
                    "/bin/sh",
                    "-c",
                    "mount -t proc -o nosuid,nodev,noexec proc \"$0/proc\" && echo && read -r _",
                    root.toString())
                .directory(Path.of("/"))
                .input(new Stdio.Pipe())
                .output(new Stdio.Pipe())
                .error(new Stdio.Pipe()));
    Enclosure enclosure = new Enclosure(root, first);
    if (first.output().read() != '\n') {
      String problem = new String(first.error().readNBytes(4096), StandardCharsets.UTF_8).strip();
      enclosure.close();
      throw new IOException("cannot mount /proc for a build step: " + problem);
    }
    return enclosure;
  }

  /** Makes the prepared root the thread's root. */
  public void pivot() {
    Mounts.pivot(root);
  }

  /** Takes from programs all capabilities but those given by number. */
  public void keepCapabilities(BitSet kept) {
    BitSet dropped = (BitSet) kept.clone();
    dropped.flip(0, 64);
    CurrentThread.dropFromBoundingSet(dropped);
  }

  /** Starts a program here; its output and error come through one pipe each. */
  public ChildProcess start(List<String> words, Map<String, String> environment, Path directory) {
    Command bare = Command.of(words);
    return Spawn.spawnUnguarded(
        new Command(
            words,
            environment,
            directory,
            new Stdio.Null(),
            new Stdio.Pipe(),
            new Stdio.Pipe(),
            List.of(),
            bare.fresh(),
            bare.prepare(),
            false));
  }

  /** Kills every process in here. */
  @Override
  public void close() {
    // Not by a signal: the thread may have become a user who must not send one.
    try {
      first.input().close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a pipe does not fail", e);
    }
    boolean _ = first.waitFor(END).isPresent();
    first.close();
  }
}
