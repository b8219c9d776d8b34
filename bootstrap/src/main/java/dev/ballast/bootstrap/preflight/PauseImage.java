package dev.ballast.bootstrap.preflight;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The image that containerd starts every pod with, which must be one that it can have. */
final class PauseImage {
  private static final Path CONFIGURATION = Path.of("/etc/containerd/config.toml");
  private static final Pattern SETTING =
      Pattern.compile("(?m)^\\s*(?:sandbox_image|sandbox)\\s*=\\s*[\"']([^\"']+)[\"']");

  private PauseImage() {}

  static List<Finding> check(String wanted) {
    Optional<String> configured = configured();
    return configured.filter(name -> !name.equals(wanted)).isPresent()
        ? List.of(
            Finding.warning(
                "ImagePull",
                "containerd starts pods with "
                    + configured.orElseThrow()
                    + ", and the cluster's is "
                    + wanted,
                "make them equal: set sandbox_image in " + CONFIGURATION + " to " + wanted))
        : List.of();
  }

  static Optional<String> configured() {
    try {
      if (Files.notExists(CONFIGURATION)) {
        return Optional.empty();
      }
      var matcher = SETTING.matcher(Files.readString(CONFIGURATION));
      return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
