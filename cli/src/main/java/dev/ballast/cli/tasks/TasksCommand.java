package dev.ballast.cli.tasks;

import static java.util.stream.Collectors.joining;

import dev.ballast.roles.admin.AdminClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code ballast tasks}. */
@Command(
    name = "tasks",
    description = {
      "Shows, stops and resumes what another Ballast process is doing.",
      "Asks the process's admin socket, which only its user may."
    },
    subcommandsRepeatable = false)
public final class TasksCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      scope = ScopeType.INHERIT,
      description =
          "The process's admin socket (default: that of the only Ballast process that runs).")
  private Optional<Path> socket = Optional.empty();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "list",
      description = "Every task: state, age, OS thread, what it waits for; and a line of counts.")
  int list() throws IOException {
    return ask("/tasks");
  }

  @Command(
      name = "dump",
      description = {
        "Every task with its frames, all of them stopped while it is made.",
        "As text in the style of Go, or as JSON in the schema of jcmd's Thread.dump_to_file."
      })
  int dump(
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FORMAT",
              defaultValue = "text",
              description = "text or json (default: ${DEFAULT-VALUE}).")
          Format output)
      throws IOException {
    return ask("/tasks/dump" + (output == Format.json ? "?format=json" : ""));
  }

  @Command(
      name = "snapshot",
      description = "As 'dump -o json': every task with its frames and the objects they hold.")
  int snapshot() throws IOException {
    return ask("/tasks/snapshot");
  }

  @Command(
      name = "stack",
      description = "One task's frames, what they hold, and whose monitors they own.")
  int stack(@Parameters(paramLabel = "ID", description = "Its number in 'list'.") long id)
      throws IOException {
    return ask("/tasks/" + id + "/stack");
  }

  @Command(
      name = "suspend",
      description = {
        "Stops a task until this command ends, by Ctrl-C or in any other way, or until 'resume'.",
        "Suspensions count: it goes on when all of them have ended."
      })
  int suspend(@Parameters(paramLabel = "ID", description = "Its number in 'list'.") long id)
      throws IOException {
    return ask("/tasks/" + id + "/suspend");
  }

  @Command(name = "resume", description = "Ends one suspension that was made by 'suspend'.")
  int resume(@Parameters(paramLabel = "ID", description = "Its number in 'list'.") long id)
      throws IOException {
    return ask("/tasks/" + id + "/resume");
  }

  /** Formats of a dump, as they are written on the command line. */
  enum Format {
    text,
    json
  }

  private int ask(String target) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    Path at;
    try {
      at = socket.isPresent() ? socket.get() : onlySocket();
    } catch (IOException e) {
      err.println("error: " + e.getMessage());
      return 1;
    }
    try (AdminClient client = AdminClient.ask(at, target)) {
      PrintWriter to = client.answered() ? spec.commandLine().getOut() : err;
      String prefix = client.answered() ? "" : "error: ";
      String line;
      while ((line = client.line()) != null) {
        to.println(prefix + line);
        to.flush();
      }
      return client.answered() ? 0 : 1;
    } catch (IOException e) {
      err.println(
          "error: cannot ask %s: %s; is the process running, and yours?"
              .formatted(at, e.getMessage()));
      return 1;
    }
  }

  private static Path onlySocket() throws IOException {
    List<Path> found = AdminSockets.live();
    if (found.size() == 1) {
      return found.getFirst();
    }
    throw new IOException(
        found.isEmpty()
            ? "no Ballast process with an admin socket runs; name its socket with --socket"
            : "several Ballast processes run; name one:"
                + found.stream().map(path -> "\n  --socket " + path).collect(joining()));
  }
}
