package dev.ballast.lab.live;

import dev.ballast.linux.namespace.NamespaceId;
import dev.ballast.linux.namespace.NamespaceKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a lab has made on the machine, line by line, so that whoever comes after a kill knows what
 * is the lab's own and what is not:
 *
 * <pre>
 * ballast-lab 1 BOOT-ID
 * will NAME          before a network namespace is made
 * made NAME INODE    after
 * process PID START  a host, with its start time from /proc/PID/stat
 * </pre>
 *
 * <p>It survives the kill of its writer, as the page cache does; a reboot takes with it all that
 * the journal speaks of. A torn last line counts as not written.
 */
final class Journal {
  static final String FILE = "journal";
  private static final String MAGIC = "ballast-lab 1 ";

  private final Path file;

  private Journal(Path file) {
    this.file = file;
  }

  /** Begins one in a directory that is not in its place yet. */
  static void begin(Path directory, String bootId) {
    append(directory.resolve(FILE), MAGIC + bootId);
  }

  static Journal in(Path directory) {
    return new Journal(directory.resolve(FILE));
  }

  void will(String network) {
    append(file, "will " + network);
  }

  void made(String network, NamespaceId id) {
    append(file, "made " + network + " " + id.inode());
  }

  void process(long pid, long start) {
    append(file, "process " + pid + " " + start);
  }

  private static synchronized void append(Path file, String line) {
    try {
      Files.writeString(
          file,
          line + "\n",
          StandardCharsets.US_ASCII,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * What was made under which name.
   *
   * @param networks the namespace that each name was given to; empty while that is not known
   * @param processes the hosts' process numbers and start times
   */
  record Made(
      String bootId, Map<String, Optional<NamespaceId>> networks, Set<HostIdentity> processes) {}

  /** A process: the number alone may have passed to another one. */
  record HostIdentity(long pid, long start) {}

  /** Empty when this is no journal of a lab. */
  static Optional<Made> read(Path directory) {
    List<String> lines;
    try {
      String text = Files.readString(directory.resolve(FILE), StandardCharsets.US_ASCII);
      lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      return Optional.empty();
    }
    if (lines.isEmpty() || !lines.getFirst().startsWith(MAGIC)) {
      return Optional.empty();
    }
    Map<String, Optional<NamespaceId>> networks = new LinkedHashMap<>();
    Set<HostIdentity> processes = new LinkedHashSet<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "will" -> networks.put(words[1], Optional.empty());
        case "made" ->
            networks.put(
                words[1],
                Optional.of(new NamespaceId(NamespaceKind.NET, Long.parseLong(words[2]))));
        case "process" ->
            processes.add(new HostIdentity(Long.parseLong(words[1]), Long.parseLong(words[2])));
        default ->
            throw new LabFailure(
                directory.resolve(FILE) + " has a line that is no entry: " + line,
                "look at it, and delete the directory when nothing of it is needed");
      }
    }
    return Optional.of(new Made(lines.getFirst().substring(MAGIC.length()), networks, processes));
  }
}
