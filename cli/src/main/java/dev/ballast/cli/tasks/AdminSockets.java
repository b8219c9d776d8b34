package dev.ballast.cli.tasks;

import dev.ballast.cli.up.LabPlace;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the admin sockets of this user's Ballast processes. */
final class AdminSockets {
  private static final Path ROLES = Path.of("/run/ballast");

  private AdminSockets() {}

  /** Returns the sockets on which a process listens, those of labs included. */
  static List<Path> live() throws IOException {
    List<Path> found = new ArrayList<>(sockets(ROLES));
    for (Path labs : List.of(LabPlace.directory(System.getenv(), true), LabPlace.ofUser())) {
      for (Path lab : entries(labs)) {
        found.addAll(sockets(lab));
      }
    }
    return found.stream().distinct().filter(AdminSockets::isListening).toList();
  }

  private static List<Path> sockets(Path directory) throws IOException {
    return entries(directory).stream().filter(path -> path.toString().endsWith(".sock")).toList();
  }

  private static List<Path> entries(Path directory) throws IOException {
    if (!Files.isDirectory(directory) || !Files.isReadable(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  /** A process that was killed leaves its socket behind. */
  private static boolean isListening(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }
}
