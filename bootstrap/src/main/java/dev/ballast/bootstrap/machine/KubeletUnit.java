package dev.ballast.bootstrap.machine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The kubelet as a service of the machine.
 *
 * @param startCommand what starts it where there is no service manager; empty for systemd
 * @param stopCommand what stops it there
 */
public record KubeletUnit(List<String> startCommand, List<String> stopCommand) {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  public static final KubeletUnit SYSTEMD = new KubeletUnit(List.of(), List.of());

  /** Starts it, or starts it again. Returns why it could not. */
  public Optional<String> restart() {
    if (!startCommand.isEmpty()) {
      return failure(startCommand);
    }
    if (Programs.find("systemctl").isEmpty()) {
      return Optional.of("there is no systemctl");
    }
    Programs.run(LIMIT, "systemctl", "daemon-reload");
    return failure(List.of("systemctl", "restart", "kubelet"));
  }

  /**
   * Starts it as the first step of a node; where that fails somebody else may, so it is only said.
   */
  public void begin(Consumer<String> say) {
    say.accept("[kubelet-start] Starting the kubelet");
    restart()
        .ifPresent(reason ->
            say.accept(
                "[kubelet-start] WARNING: unable to start the kubelet service: "
                    + reason
                    + "; start it yourself, waiting for it"));
  }

  /** Stops it. Returns why it could not. */
  public Optional<String> stop() {
    if (!startCommand.isEmpty() || !stopCommand.isEmpty()) {
      return stopCommand.isEmpty() ? Optional.empty() : failure(stopCommand);
    }
    return Programs.find("systemctl").isEmpty()
        ? Optional.of("there is no systemctl")
        : failure(List.of("systemctl", "stop", "kubelet"));
  }

  private static Optional<String> failure(List<String> words) {
    var result = Programs.run(LIMIT, words);
    return result.succeeded()
        ? Optional.empty()
        : Optional.of(
            String.join(" ", words)
                + " ended with "
                + result.exitCode()
                + (result.output().isBlank()
                    ? ""
                    : ": " + result.output().strip().lines().findFirst().orElse("")));
  }

  /** Returns what a person would type. */
  public String command() {
    return startCommand.isEmpty() ? "systemctl restart kubelet" : String.join(" ", startCommand);
  }
}
