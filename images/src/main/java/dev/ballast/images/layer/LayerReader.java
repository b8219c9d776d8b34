package dev.ballast.images.layer;

import static java.util.Objects.requireNonNull;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.DeviceFiles;
import dev.ballast.linux.file.ExtendedAttributes;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Unpacks a tar stream into a directory, which no entry can leave. */
public final class LayerReader {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String XATTR = "SCHILY.xattr.";

  private final Path root;
  private final boolean whiteouts;
  private final Map<Path, FileTime> directories = new HashMap<>();

  private LayerReader(Path root, boolean whiteouts) {
    this.root = root;
    this.whiteouts = whiteouts;
  }

  /** Unpacks a layer; OCI whiteouts become those of overlayfs. */
  public static void layer(InputStream tar, Path root) throws IOException {
    new LayerReader(root, true).read(tar);
  }

  /** Unpacks an archive of {@code ADD}: names mean themselves. */
  public static void archive(InputStream tar, Path root) throws IOException {
    new LayerReader(root, false).read(tar);
  }

  private void read(InputStream stream) throws IOException {
    InputStream buffered = new BufferedInputStream(stream, 1 << 16);
    // Not closed: the caller reads what follows the archive, for its digest.
    @SuppressWarnings("resource")
    TarArchiveInputStream tar = new TarArchiveInputStream(buffered, "UTF-8");
    TarArchiveEntry entry;
    while ((entry = tar.getNextEntry()) != null) {
      one(tar, entry);
    }
    buffered.transferTo(OutputStream.nullOutputStream());
    for (Map.Entry<Path, FileTime> each : directories.entrySet()) {
      if (Files.isDirectory(each.getKey(), LinkOption.NOFOLLOW_LINKS)) {
        Files.setLastModifiedTime(each.getKey(), each.getValue());
      }
    }
  }

  private void one(TarArchiveInputStream tar, TarArchiveEntry entry) throws IOException {
    Path at = RootPath.keepLast(root, entry.getName());
    if (at.equals(root)) {
      if (entry.isDirectory()) {
        attributes(entry, at);
      }
      return;
    }
    Path parent = requireNonNull(at.getParent());
    if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(parent);
    }
    String name = String.valueOf(at.getFileName());
    if (whiteouts && name.startsWith(WHITEOUT)) {
      if (name.equals(OPAQUE)) {
        ExtendedAttributes.set(parent, "user.overlay.opaque", "y".getBytes(StandardCharsets.UTF_8));
      } else {
        Path hidden = parent.resolve(name.substring(WHITEOUT.length()));
        if (!requireNonNull(hidden.getParent()).equals(parent) || hidden.equals(parent)) {
          throw new IOException("invalid whiteout " + entry.getName());
        }
        if (!Files.exists(hidden, LinkOption.NOFOLLOW_LINKS)) {
          DeviceFiles.whiteout(hidden);
        }
      }
      return;
    }
    if (!(entry.isDirectory() && Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS))) {
      remove(at);
    }
    if (entry.isDirectory()) {
      Files.createDirectories(at);
    } else if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(at, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      Files.createLink(at, RootPath.keepLast(root, entry.getLinkName()));
      return;
    } else if (entry.isCharacterDevice() || entry.isBlockDevice()) {
      return; // A user namespace cannot make devices; every step gets its own /dev.
    } else if (entry.isFIFO()) {
      DeviceFiles.fifo(at);
    } else {
      Files.copy(tar, at);
    }
    attributes(entry, at);
  }

  private void attributes(TarArchiveEntry entry, Path at) throws IOException {
    boolean link = entry.isSymbolicLink();
    try {
      DeviceFiles.owner(at, (int) entry.getLongUserId(), (int) entry.getLongGroupId());
    } catch (LinuxException e) {
      throw new IOException(
          "cannot give %s to user %d and group %d: they are not mapped here; add the line `%s:100000:65536` to /etc/subuid and /etc/subgid"
              .formatted(
                  entry.getName(),
                  entry.getLongUserId(),
                  entry.getLongGroupId(),
                  System.getProperty("user.name")),
          e);
    }
    if (!link) {
      Files.setAttribute(at, "unix:mode", entry.getMode() & 07777, LinkOption.NOFOLLOW_LINKS);
    }
    for (Map.Entry<String, String> each : entry.getExtraPaxHeaders().entrySet()) {
      if (each.getKey().startsWith(XATTR)) {
        String name = each.getKey().substring(XATTR.length());
        // An image must not speak to overlayfs in its own name.
        if (!name.startsWith("trusted.") && !name.startsWith("user.overlay.")) {
          xattr(at, name, each.getValue());
        }
      }
    }
    FileTime time = entry.getLastModifiedTime();
    if (entry.isDirectory()) {
      directories.put(at, time);
    } else {
      Files.getFileAttributeView(at, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(time, null, null);
    }
  }

  private static void xattr(Path at, String name, String value) {
    try {
      ExtendedAttributes.set(at, name, value.getBytes(StandardCharsets.ISO_8859_1));
    } catch (LinuxException e) {
      if (name.startsWith("user.")) {
        throw e;
      }
      // File capabilities of a foreign namespace and labels cannot be set by ordinary users.
    }
  }

  private static void remove(Path at) throws IOException {
    if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> all = new ArrayList<>();
      try (var walk = Files.walk(at)) {
        walk.forEach(all::add);
      }
      for (int i = all.size() - 1; i >= 0; i--) {
        Files.delete(all.get(i));
      }
    } else {
      Files.deleteIfExists(at);
    }
  }
}
