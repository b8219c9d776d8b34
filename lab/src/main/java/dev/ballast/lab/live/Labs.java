package dev.ballast.lab.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory that holds one directory a lab. A lab that runs holds a lock on its own, which the
 * kernel takes back when the process ends, however it ends.
 */
public final class Labs {
  private static final String LOCK = "lock";

  /** What a place is called before its journal has begun, and after what it names is gone. */
  private static final String NEXT = ".next-";

  private static final String GONE = ".gone-";

  private final Path directory;

  private Labs(Path directory) {
    this.directory = directory;
  }

  /**
   * Uses a directory, made with mode 0700 when it is missing.
   *
   * @throws LabFailure when others may write there: journals say what is to be killed and removed
   */
  public static Labs at(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory);
      if (!Files.getAttribute(directory, "unix:uid").equals(Proc.user())
          || mode.contains(PosixFilePermission.GROUP_WRITE)
          || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new LabFailure(
            directory + " may be written by other users",
            "remove it, or set XDG_CACHE_HOME to a directory of your own");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + directory, e);
    }
    return new Labs(directory);
  }

  /** The place of one lab, locked by this process until it is given up. */
  static final class Place implements AutoCloseable {
    private final Path directory;
    private final FileChannel lock;

    private Place(Path directory, FileChannel lock) {
      this.directory = directory;
      this.lock = lock;
    }

    Path directory() {
      return directory;
    }

    Journal journal() {
      return Journal.in(directory);
    }

    /** Removes the directory and gives up the lock; what the journal names must be gone. */
    @Override
    public void close() {
      discard(directory);
      closeQuietly(lock);
    }
  }

  /**
   * Takes a place for a new lab; its journal has begun.
   *
   * @throws LabFailure when a lab of that id runs
   */
  Place take(String id) {
    try (FileChannel all = lockAll()) {
      Path place = directory.resolve(id);
      if (Files.exists(place)) {
        if (isFree(place)) {
          Sweep.undo(place);
          discard(place);
        } else {
          throw new LabFailure(
              "a lab with the id " + id + " runs already", "stop it, or give another --id");
        }
      }
      // Whole or not at all: a directory without a journal would be nobody's.
      Path next = Files.createTempDirectory(directory, NEXT);
      Journal.begin(next, Proc.bootId());
      FileChannel lock = openLock(next);
      if (tryLock(lock).isEmpty()) {
        throw new IllegalStateException("a new file is locked by another: " + next);
      }
      Files.move(next, place);
      return new Place(place, lock);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + directory, e);
    }
  }

  /**
   * Removes what labs left that were killed. Touches nothing that they did not make, and nothing of
   * a lab that runs.
   *
   * @return a line for each thing that was removed
   */
  public List<String> sweep() {
    List<String> removed = new ArrayList<>();
    try (FileChannel all = lockAll();
        Stream<Path> places = Files.list(directory)) {
      for (Path place : places.filter(Files::isDirectory).sorted().toList()) {
        if (name(place).startsWith(NEXT) || name(place).startsWith(GONE)) {
          removeTree(place); // Nothing was made yet, or all that was made is gone.
        } else if (Journal.read(place).isPresent() && isFree(place)) {
          removed.addAll(Sweep.undo(place));
          discard(place);
          removed.add("directory " + place);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + directory, e);
    }
    return removed;
  }

  // The file is never deleted: two processes could hold locks on two files of its name.
  private FileChannel lockAll() throws IOException {
    FileChannel channel = openLock(directory);
    long patience = System.nanoTime() + 10_000_000_000L;
    // Not lock(): within one JVM that throws instead of waiting.
    while (tryLock(channel).isEmpty()) {
      if (System.nanoTime() > patience) {
        channel.close();
        throw new LabFailure(
            directory.resolve(LOCK) + " has been held for 10 s by another process",
            "look whose it is: fuser " + directory.resolve(LOCK));
      }
      java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
    }
    return channel;
  }

  private static boolean isFree(Path place) throws IOException {
    try (FileChannel channel = openLock(place)) {
      return tryLock(channel).isPresent();
    }
  }

  private static FileChannel openLock(Path directory) throws IOException {
    return FileChannel.open(
        directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock());
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // This very process holds it.
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Removes a place of which nothing is left but files. Renamed first: a kill amid the removal must
   * not leave a directory without a journal, which would be nobody's.
   */
  private static void discard(Path place) {
    Path gone = place.resolveSibling(GONE + name(place));
    try {
      removeTree(gone);
      Files.move(place, gone);
    } catch (NoSuchFileException e) {
      return; // Somebody has removed it.
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + place, e);
    }
    removeTree(gone);
  }

  private static String name(Path place) {
    return String.valueOf(place.getFileName());
  }

  /** Does not follow links. */
  static void removeTree(Path top) {
    try {
      Files.walkFileTree(
          top,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException e)
                throws IOException {
              deleteDirectory(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + top, e);
    }
  }

  // A host that is being killed may have written one more file.
  private static void deleteDirectory(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      removeTree(directory);
    }
  }
}
