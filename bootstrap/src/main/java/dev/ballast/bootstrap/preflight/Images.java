package dev.ballast.bootstrap.preflight;

import dev.ballast.bootstrap.machine.Programs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The images that a node needs, in its runtime; what is missing is pulled.
 *
 * @param names of all
 */
public record Images(List<String> names) {
  private static final Duration LIST = Duration.ofSeconds(30);
  private static final Duration PULL = Duration.ofMinutes(5);

  List<Finding> check() {
    List<String> there = present();
    var findings = new ArrayList<Finding>();
    for (String name : names) {
      if (!there.contains(name)) {
        var pulled = pull(name);
        if (!pulled.succeeded()) {
          findings.add(
              Finding.error(
                  "ImagePull",
                  "failed to pull image " + name + ": " + lastLine(pulled.output()),
                  "choose a repository that this machine reaches with --image-repository, or"
                      + " import an archive: ctr -n k8s.io images import FILE"));
        }
      }
    }
    return findings;
  }

  /** Returns the names of the images that the runtime has. */
  public static List<String> present() {
    return Programs.run(LIST, "ctr", "-n", "k8s.io", "images", "list", "-q")
        .output()
        .lines()
        .toList();
  }

  /** Pulls one into the runtime. */
  public static Programs.Result pull(String name) {
    return Programs.find("crictl").isPresent()
        ? Programs.run(PULL, "crictl", "pull", name)
        : Programs.run(PULL, "ctr", "-n", "k8s.io", "images", "pull", name);
  }

  private static String lastLine(String text) {
    return text.strip().lines().reduce("no answer", (_, last) -> last);
  }
}
