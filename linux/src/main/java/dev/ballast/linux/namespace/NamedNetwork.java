package dev.ballast.linux.namespace;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.mount.Mounts;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Network namespaces with a name: a bind mount under {@code /run/netns}, as {@code ip netns} makes
 * them, so that {@code ip netns exec NAME} and this library see the same ones.
 */
public final class NamedNetwork {
  private static final Path DIRECTORY = Path.of("/run/netns");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,255}");

  private NamedNetwork() {}

  /** Where a name is mounted. */
  public static Path path(String name) {
    if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "not a name of a network namespace (letters, digits, _ . -): " + name);
    }
    return DIRECTORY.resolve(name);
  }

  /**
   * Makes a network namespace and names it. The calling thread stays where it is.
   *
   * <p>Call it on a thread in the mount namespace where the name is to be seen.
   *
   * @return the namespace, open; the name keeps it alive after its close
   * @throws IllegalStateException on a virtual thread, or when the thread could not be put back
   * @throws LinuxException {@code EEXIST} when the name is taken
   */
  public static Namespace create(String name) {
    Path path = path(name);
    CurrentThread.requirePlatform("create network namespace " + name);
    prepareDirectory();
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      throw new LinuxException(
          "create network namespace", Errno.of(Errno.EEXIST), List.of(path), "delete it first");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + path + ": " + e, e);
    }
    boolean named = false;
    try (Namespace before = Namespace.current(NamespaceKind.NET)) {
      before.requireReturn();
      Namespace.unshare(NamespaceKind.NET);
      try {
        Mounts.bind(Path.of("/proc/thread-self/ns/net"), path);
        named = true;
      } finally {
        before.enter();
      }
      return open(name);
    } finally {
      if (!named) {
        removeFile(path);
      }
    }
  }

  /** Opens a named one. */
  public static Namespace open(String name) {
    return Namespace.open(NamespaceKind.NET, path(name));
  }

  /**
   * Removes a name. The namespace goes with its last process, socket or descriptor.
   *
   * @return whether there was one
   */
  public static boolean delete(String name) {
    Path path = path(name);
    if (!Files.exists(path)) {
      return false;
    }
    try {
      Mounts.detach(path);
    } catch (LinuxException e) {
      // A file without a mount: someone was killed between the two steps of create.
      if (!e.is(Errno.EINVAL)) {
        throw e;
      }
    }
    return removeFile(path);
  }

  /** The names that there are, sorted; also those of other programs. */
  public static List<String> list() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(DIRECTORY)) {
      for (Path file : files) {
        names.add(String.valueOf(file.getFileName()));
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + DIRECTORY + ": " + e, e);
    }
    Collections.sort(names);
    return List.copyOf(names);
  }

  private static boolean removeFile(Path path) {
    try {
      return Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path + ": " + e, e);
    }
  }

  // As iproute2's netns_add: the directory is a shared mount, so that a name made or deleted in one
  // mount namespace is made and deleted in all, and a delete does not leave it busy elsewhere.
  private static void prepareDirectory() {
    try {
      Files.createDirectories(DIRECTORY);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + DIRECTORY + ": " + e, e);
    }
    try {
      Mounts.share(DIRECTORY);
    } catch (LinuxException e) {
      if (!e.is(Errno.EINVAL)) {
        throw e;
      }
      Mounts.bindRecursive(DIRECTORY, DIRECTORY);
      Mounts.share(DIRECTORY);
    }
  }
}
