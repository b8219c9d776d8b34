package dev.ballast.lab.live;

import dev.ballast.lab.live.Journal.HostIdentity;
import dev.ballast.lab.live.Journal.Made;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.namespace.NamedNetwork;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceId;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.process.Pidfd;
import dev.ballast.linux.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Undoes what a journal tells of a lab that is no more. */
final class Sweep {
  private static final Duration DEATH = Duration.ofSeconds(5);

  private Sweep() {}

  /** Removes the lab's processes and names; gives a line for each. */
  static List<String> undo(Path place) {
    List<String> removed = new ArrayList<>();
    Optional<Made> journal = Journal.read(place);
    if (journal.isEmpty() || !journal.get().bootId().equals(Proc.bootId())) {
      return removed; // Nothing of an earlier boot is left but files.
    }
    for (HostIdentity process : journal.get().processes()) {
      kill(process).ifPresent(removed::add);
    }
    journal.get().networks().entrySet().stream()
        .filter(Sweep::isOurs)
        .map(Map.Entry::getKey)
        .filter(NamedNetwork::delete)
        .forEach(name -> removed.add("network namespace " + name));
    return removed;
  }

  private static Optional<String> kill(HostIdentity process) {
    if (!isSame(process)) {
      return Optional.empty();
    }
    try (Pidfd open = Pidfd.open(process.pid()).orElse(null)) {
      // Asked again: from here on the number can not pass to another.
      if (open == null || !isSame(process)) {
        return Optional.empty();
      }
      open.signal(Signal.KILL);
      if (!open.awaitExit(DEATH)) {
        throw new LabFailure(
            "process " + process.pid() + " of a killed lab does not end", "look at it in /proc");
      }
      return Optional.of("process " + process.pid());
    }
  }

  private static boolean isSame(HostIdentity process) {
    var start = Proc.start(process.pid());
    return start.isPresent()
        && start.getAsLong() == process.start()
        && Proc.state(process.pid()).filter(state -> !state.equals("Z")).isPresent();
  }

  /**
   * Whether the name still means what the lab made. Where the journal only says that the name was
   * about to be made, the name was free at that time and holds the lab's random id, so what is
   * there now is the lab's if it is an empty file or a network namespace without processes.
   */
  private static boolean isOurs(Map.Entry<String, Optional<NamespaceId>> entry) {
    Path path = NamedNetwork.path(entry.getKey());
    if (!Files.exists(path)) {
      return false;
    }
    Optional<NamespaceId> now = identify(path);
    if (entry.getValue().isPresent()) {
      return entry.getValue().equals(now);
    }
    return now.isPresent() ? isDeserted(now.get()) : isEmptyFile(path);
  }

  private static Optional<NamespaceId> identify(Path path) {
    try (Namespace network = Namespace.open(NamespaceKind.NET, path)) {
      return Optional.of(network.id());
    } catch (LinuxException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isEmptyFile(Path path) {
    try {
      return Files.isRegularFile(path) && Files.size(path) == 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + path, e);
    }
  }

  private static boolean isDeserted(NamespaceId network) {
    return ProcessHandle.allProcesses()
        .noneMatch(process -> {
          try {
            return Namespace.idOf(NamespaceKind.NET, process.pid()).equals(network);
          } catch (UncheckedIOException e) {
            return false; // It ended meanwhile.
          }
        });
  }
}
