package dev.ballast.certificates.live;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the processes that listen at TCP ports, in {@code /proc}. Needs root for processes of
 * others; what cannot be read is left out.
 */
public final class Listeners {
  private static final String LISTEN = "0A";

  /** USER_HZ, which Linux has fixed at 100 for programs. */
  private static final long TICKS_PER_SECOND = 100;

  private final Path proc;

  public Listeners(Path proc) {
    this.proc = proc;
  }

  public static Listeners ofThisMachine() {
    return new Listeners(Path.of("/proc"));
  }

  /** The first process found at each of these ports. */
  public Map<Integer, Listener> at(Set<Integer> ports) {
    var portOfSocket = new HashMap<String, Integer>();
    for (var table : List.of("net/tcp", "net/tcp6")) {
      readSockets(proc.resolve(table), ports, portOfSocket);
    }
    var found = new HashMap<Integer, Listener>();
    if (portOfSocket.isEmpty()) {
      return found;
    }
    try (var processes = Files.newDirectoryStream(proc, Listeners::isProcess)) {
      for (var process : processes) {
        for (int port : socketsOf(process, portOfSocket)) {
          describe(process).ifPresent(listener -> found.putIfAbsent(port, listener));
        }
      }
    } catch (IOException e) {
      return found;
    }
    return found;
  }

  private static boolean isProcess(Path path) {
    return String.valueOf(path.getFileName()).chars().allMatch(Character::isDigit);
  }

  private static void readSockets(Path table, Set<Integer> ports, Map<String, Integer> found) {
    List<String> lines;
    try {
      lines = Files.readAllLines(table);
    } catch (IOException e) {
      return;
    }
    for (var line : lines) {
      // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
      var fields = line.strip().split("\\s+", -1);
      if (fields.length < 10 || !fields[3].equals(LISTEN)) {
        continue;
      }
      var port = Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16);
      if (ports.contains(port)) {
        found.put("socket:[" + fields[9] + "]", port);
      }
    }
  }

  private static Set<Integer> socketsOf(Path process, Map<String, Integer> portOfSocket) {
    var ports = new HashSet<Integer>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (var descriptor : descriptors) {
        Optional.ofNullable(portOfSocket.get(target(descriptor))).ifPresent(ports::add);
      }
    } catch (IOException e) {
      return ports;
    }
    return ports;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private Optional<Listener> describe(Path process) {
    try {
      var stat = Files.readString(process.resolve("stat"));
      // The name stands in parentheses and may hold blanks and parentheses itself.
      var name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      var millis = Long.parseLong(fields[19]) * 1000 / TICKS_PER_SECOND;
      var pid = Long.parseLong(String.valueOf(process.getFileName()));
      return Optional.of(new Listener(pid, name, booted().plusMillis(millis)));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private Instant booted() throws IOException {
    try (var lines = Files.lines(proc.resolve("stat"))) {
      return lines
          .filter(line -> line.startsWith("btime "))
          .map(line -> Instant.ofEpochSecond(Long.parseLong(line.substring(6).strip())))
          .findFirst()
          .orElseThrow();
    }
  }
}
