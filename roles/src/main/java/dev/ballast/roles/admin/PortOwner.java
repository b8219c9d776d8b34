package dev.ballast.roles.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the process that listens on a TCP port of this network namespace (proc(5), net/tcp). */
final class PortOwner {
  private static final String LISTENING = "0A";
  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private final Path proc;

  PortOwner(Path proc) {
    this.proc = proc;
  }

  /** Returns the process's number and name; empty when none is found or may be looked at. */
  Optional<String> of(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      try {
        for (String line : Files.readAllLines(proc.resolve("self").resolve(table))) {
          String[] fields = line.strip().split("\\s+");
          if (fields.length > INODE
              && fields[STATE].equals(LISTENING)
              && fields[LOCAL].endsWith(":%04X".formatted(port))) {
            sockets.add("socket:[" + fields[INODE] + "]");
          }
        }
      } catch (IOException e) {
        // A kernel without IPv6 has no second table.
      }
    }
    return sockets.isEmpty() ? Optional.empty() : holder(sockets);
  }

  private Optional<String> holder(Set<String> sockets) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process, sockets)) {
          return Optional.of("process " + process.getFileName() + name(process));
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /** Processes of others, and those that end meanwhile, are passed over. */
  private static boolean holds(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (isOneOf(file, sockets)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isOneOf(Path file, Set<String> sockets) {
    try {
      return sockets.contains(Files.readSymbolicLink(file).toString());
    } catch (IOException e) {
      return false;
    }
  }

  private static String name(Path process) {
    try {
      String name = Files.readString(process.resolve("comm"), StandardCharsets.UTF_8).strip();
      return " (" + name + ")";
    } catch (IOException e) {
      return "";
    }
  }
}
