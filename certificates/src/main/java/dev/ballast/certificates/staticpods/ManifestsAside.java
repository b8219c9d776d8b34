package dev.ballast.certificates.staticpods;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The place where manifests wait while their pod is down. Beside each lies a note of where it
 * belongs, written first, so that no kill loses a manifest: the next start puts back what it finds.
 */
public final class ManifestsAside {
  private static final String NOTE = ".belongs-at";

  private final Path directory;
  private volatile boolean taken;

  public ManifestsAside(Path directory) {
    this.directory = directory;
  }

  /** Whether no manifest waits here. */
  public boolean isEmpty() {
    if (!Files.isReadable(directory)) {
      return true;
    }
    try (var entries = Files.newDirectoryStream(directory, "*" + NOTE)) {
      return !entries.iterator().hasNext();
    } catch (IOException e) {
      return true;
    }
  }

  /** Whether this process has a pod down, and owes it its manifest. */
  public boolean isTaken() {
    return taken;
  }

  /** Moves a manifest here. */
  void take(Path manifest) {
    taken = true;
    try {
      var belongs = manifest.toRealPath();
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      var name = String.valueOf(belongs.getFileName());
      var note = directory.resolve(name + NOTE);
      Files.writeString(note, belongs + "\n");
      sync(note);
      sync(directory);
      Files.move(belongs, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      sync(directory);
      sync(belongs.resolveSibling(""));
    } catch (IOException e) {
      throw new StaticPodFailure(
          "cannot move " + manifest + " to " + directory + ": " + e.getMessage(),
          "both must be on one file system and writable; the manifest is in its place",
          e);
    }
  }

  /**
   * Puts every manifest back, also those of a run that was killed; repeating it is harmless.
   *
   * @return the manifests that are in their place again
   */
  public synchronized List<Path> putBack() {
    var back = new ArrayList<Path>();
    if (!Files.isDirectory(directory)) {
      taken = false;
      return back;
    }
    try (var notes = Files.newDirectoryStream(directory, "*" + NOTE)) {
      for (var note : notes) {
        var name = String.valueOf(note.getFileName());
        var manifest = directory.resolve(name.substring(0, name.length() - NOTE.length()));
        var belongs = Path.of(Files.readString(note).strip());
        if (Files.exists(manifest, LinkOption.NOFOLLOW_LINKS)) {
          putBack(manifest, belongs);
          back.add(belongs);
        }
        Files.delete(note);
      }
      sync(directory);
    } catch (IOException e) {
      throw new StaticPodFailure(
          "cannot put back the manifests in " + directory + ": " + e.getMessage(),
          "move each *.yaml there to the place that the file beside it names",
          e);
    }
    taken = false;
    return back;
  }

  private static void putBack(Path manifest, Path belongs) throws IOException {
    if (Files.exists(belongs, LinkOption.NOFOLLOW_LINKS)) {
      // Someone has written a new one meanwhile; theirs stands, ours is kept for them to compare.
      Files.move(
          manifest,
          manifest.resolveSibling(manifest.getFileName() + ".superseded"),
          StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    Files.move(manifest, belongs, StandardCopyOption.ATOMIC_MOVE);
    sync(belongs.resolveSibling(""));
  }

  private static void sync(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
