package dev.ballast.images.layer;

import static java.util.Objects.requireNonNull;

import dev.ballast.linux.file.ExtendedAttributes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes a directory as a tar stream that depends on nothing but its content: names in order, whole
 * seconds, numeric owners. The whiteouts of overlayfs become those of OCI.
 */
public final class LayerWriter {
  private static final int TYPE = 0170000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;
  private static final int FIFO = 0010000;
  private static final int SOCKET = 0140000;

  private final TarArchiveOutputStream tar;
  private final OptionalLong latest;
  private final Map<Object, String> linked = new HashMap<>();

  private LayerWriter(TarArchiveOutputStream tar, OptionalLong latest) {
    this.tar = tar;
    this.latest = latest;
  }

  /**
   * Writes all below a directory.
   *
   * @param latest no file is younger than this second in the stream
   */
  public static void write(Path root, OutputStream out, OptionalLong latest) throws IOException {
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, 512, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      new LayerWriter(tar, latest).directory(root, "");
      tar.finish();
    }
  }

  private void directory(Path directory, String prefix) throws IOException {
    List<Path> children = new ArrayList<>();
    try (Stream<Path> all = Files.list(directory)) {
      all.forEach(children::add);
    }
    children.sort(
        (a, b) -> String.valueOf(a.getFileName()).compareTo(String.valueOf(b.getFileName())));
    for (Path child : children) {
      one(child, prefix + child.getFileName());
    }
  }

  private void one(Path file, String name) throws IOException {
    Map<String, Object> facts = Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS);
    int mode = number(facts, "mode");
    int type = mode & TYPE;
    if (type == CHARACTER && device(facts) == 0) {
      int slash = name.lastIndexOf('/') + 1;
      TarArchiveEntry entry =
          new TarArchiveEntry(name.substring(0, slash) + ".wh." + name.substring(slash));
      entry.setModTime(FileTime.fromMillis(0));
      entry.setMode(0);
      entry.setSize(0);
      put(entry, facts, false);
      tar.closeArchiveEntry();
      return;
    }
    if (type == SOCKET) {
      return; // BuildKit leaves sockets out too.
    }
    Map<String, byte[]> xattrs = ExtendedAttributes.all(file);
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      TarArchiveEntry entry = new TarArchiveEntry(name + "/");
      xattrs(entry, xattrs);
      put(entry, facts, true);
      tar.closeArchiveEntry();
      if (xattrs.containsKey("user.overlay.opaque")) {
        TarArchiveEntry opaque = new TarArchiveEntry(name + "/.wh..wh..opq");
        opaque.setSize(0);
        put(opaque, facts, false);
        tar.closeArchiveEntry();
      }
      directory(file, name + "/");
      return;
    }
    if (Files.isSymbolicLink(file)) {
      TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
      entry.setLinkName(Files.readSymbolicLink(file).toString());
      put(entry, facts, true);
      tar.closeArchiveEntry();
      return;
    }
    String first =
        number(facts, "nlink") > 1
            ? linked.putIfAbsent(requireNonNull(facts.get("ino")), name)
            : null;
    if (first != null) {
      TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_LINK);
      entry.setLinkName(first);
      put(entry, facts, true);
      tar.closeArchiveEntry();
      return;
    }
    if (type == CHARACTER || type == BLOCK || type == FIFO) {
      byte kind =
          type == FIFO
              ? TarConstants.LF_FIFO
              : type == BLOCK ? TarConstants.LF_BLK : TarConstants.LF_CHR;
      TarArchiveEntry entry = new TarArchiveEntry(name, kind);
      long device = device(facts);
      entry.setDevMajor((int) ((device >> 8) & 0xfff));
      entry.setDevMinor((int) ((device & 0xff) | ((device >> 12) & 0xfff00)));
      put(entry, facts, true);
      tar.closeArchiveEntry();
      return;
    }
    regular(file, name, facts, xattrs);
  }

  private void regular(
      Path file, String name, Map<String, Object> facts, Map<String, byte[]> xattrs)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    long size = Files.size(file);
    entry.setSize(size);
    xattrs(entry, xattrs);
    put(entry, facts, true);
    try (InputStream in = Files.newInputStream(file)) {
      if (in.transferTo(tar) != size) {
        throw new IOException(file + " changed while it was read");
      }
    }
    tar.closeArchiveEntry();
  }

  private void put(TarArchiveEntry entry, Map<String, Object> facts, boolean own)
      throws IOException {
    entry.setUserId((long) number(facts, "uid"));
    entry.setGroupId((long) number(facts, "gid"));
    entry.setUserName("");
    entry.setGroupName("");
    if (own) {
      entry.setMode(number(facts, "mode") & 07777);
      long second =
          ((FileTime) requireNonNull(facts.get("lastModifiedTime"))).toInstant().getEpochSecond();
      entry.setModTime(
          FileTime.from(
              java.time.Instant.ofEpochSecond(
                  latest.isPresent() ? Math.min(second, latest.getAsLong()) : second)));
    } else {
      entry.setModTime(FileTime.fromMillis(0));
    }
    tar.putArchiveEntry(entry);
  }

  private static int number(Map<String, Object> facts, String name) {
    return (int) requireNonNull(facts.get(name));
  }

  private static long device(Map<String, Object> facts) {
    return (long) requireNonNull(facts.get("rdev"));
  }

  private static void xattrs(TarArchiveEntry entry, Map<String, byte[]> xattrs) {
    xattrs.forEach((name, value) -> {
      if (!name.contains("overlay.")
          && !name.startsWith("trusted.")
          && !name.startsWith("system.")) {
        entry.addPaxHeader("SCHILY.xattr." + name, new String(value, StandardCharsets.ISO_8859_1));
      }
    });
  }
}
