package dev.ballast.bootstrap.init;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.YamlText;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.pki.PkiFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file that is there while {@code init} is at work. A later run that finds it knows that what is
 * on the machine is its own, and goes on; with another configuration it refuses.
 */
public final class Journal {
  public static final String NAME = ".ballast-init";

  private Journal() {}

  private static Path file(InitRun run) {
    return run.files().kubernetes().resolve(NAME);
  }

  static void begin(InitRun run) {
    if (!run.dry()) {
      NodeFiles.write(file(run), fingerprint(run) + "\n", PkiFiles.SECRET);
    }
  }

  static void end(InitRun run) {
    try {
      Files.deleteIfExists(file(run));
    } catch (IOException e) {
      run.say("[init] WARNING: cannot remove " + file(run) + ": " + e.getMessage());
    }
  }

  /** Returns whether this goes on from a run that was interrupted. */
  static boolean resumes(InitRun run) {
    if (run.dry() || Files.notExists(file(run))) {
      return false;
    }
    try {
      if (!Files.readString(file(run)).strip().equals(fingerprint(run))) {
        throw new BootstrapFailure(
            "an init with another configuration was interrupted on this machine",
            "run it with the configuration of that time, or begin anew: ballast reset");
      }
    } catch (IOException e) {
      throw new BootstrapFailure(
          "cannot read " + file(run) + ": " + e.getMessage(), "begin anew: ballast reset", e);
    }
    run.say("[preflight] Going on from an init that was interrupted");
    return true;
  }

  /** Over what two runs must agree on; a token may differ. */
  private static String fingerprint(InitRun run) {
    String text =
        YamlText.of(run.settings().cluster())
            + YamlText.of(run.settings().kubelet())
            + run.settings().nodeName()
            + run.settings().advertiseAddress();
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
