package dev.ballast.cli.mesh;

import dev.ballast.roles.admin.AdminClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/** A question to a control plane, and its answer on the screen. */
final class Asked {
  private Asked() {}

  static int print(CommandSpec spec, Path socket, String target) throws IOException {
    try (AdminClient client = AdminClient.ask(socket, target)) {
      boolean answered = client.answered();
      PrintWriter out = answered ? spec.commandLine().getOut() : spec.commandLine().getErr();
      for (String line = client.line(); line != null; line = client.line()) {
        out.println(answered ? line : "error: " + line);
      }
      out.flush();
      return answered ? 0 : 1;
    } catch (IOException e) {
      throw new IOException(
          "no control plane answers at %s: %s; start one with --admin-socket %s"
              .formatted(socket, e.getMessage(), socket),
          e);
    }
  }
}
