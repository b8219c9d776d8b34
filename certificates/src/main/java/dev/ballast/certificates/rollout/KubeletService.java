package dev.ballast.certificates.rollout;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Restarts the kubelet, which reads its own certificate only when it starts. */
public interface KubeletService {
  /** Empty when it was restarted, or else why not. */
  Optional<String> restart();

  /** What a person would type. */
  String command();

  /** Through the service manager, {@code systemctl restart kubelet}. */
  static KubeletService systemd(Duration timeout) {
    return command(List.of("systemctl", "restart", "kubelet"), timeout);
  }

  /** Through a command of one's own. */
  static KubeletService command(List<String> words, Duration timeout) {
    return new Command(List.copyOf(words), timeout);
  }

  /** Not at all: an image of a node, or a node whose kubelet somebody else looks after. */
  static KubeletService none() {
    return new KubeletService() {
      @Override
      public Optional<String> restart() {
        return Optional.of("left to you");
      }

      @Override
      public String command() {
        return "systemctl restart kubelet";
      }
    };
  }

  /** A command that restarts it. */
  record Command(List<String> words, Duration timeout) implements KubeletService {
    @Override
    public Optional<String> restart() {
      try {
        var process =
            new ProcessBuilder(words)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          return Optional.of(command() + " did not end within " + timeout.toSeconds() + " s");
        }
        return process.exitValue() == 0
            ? Optional.empty()
            : Optional.of(command() + " ended with " + process.exitValue());
      } catch (IOException e) {
        return Optional.of(command() + " cannot be run: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.of(command() + " was interrupted");
      }
    }

    @Override
    public String command() {
      return String.join(" ", words);
    }
  }
}
