package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the scripts find a JDK, tried with bash on directories that look like JDKs. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class JdkSearchTest {
  private static final Path SCRIPT =
      Path.of("..").toAbsolutePath().normalize().resolve("dev/jdk.sh");

  @TempDir private Path home;

  private record Outcome(int exitCode, String out, String err) {}

  @Test
  void an_old_JAVA_HOME_is_passed_over_for_a_newer_one() throws Exception {
    Path old = jdk("old", "17.0.15");
    Path current = jdk("current", "25.0.3");

    Outcome outcome =
        find(Map.of("BALLAST_JAVA_HOME", old.toString(), "JAVA_HOME", current.toString()));

    assertThat(outcome.out.strip()).isEqualTo(current.toString());
  }

  @Test
  void a_newer_feature_release_is_taken() throws Exception {
    Path next = jdk("next", "26-ea");

    assertThat(find(Map.of("BALLAST_JAVA_HOME", next.toString())).out.strip())
        .isEqualTo(next.toString());
  }

  @Test
  void a_runtime_without_a_compiler_is_no_jdk() throws Exception {
    Path runtime = jdk("runtime", "25.0.3");
    Files.delete(runtime.resolve("bin/javac"));
    Path whole = jdk("whole", "25.0.3");

    assertThat(
            find(Map.of("BALLAST_JAVA_HOME", runtime.toString(), "JAVA_HOME", whole.toString()))
                .out
                .strip())
        .isEqualTo(whole.toString());
  }

  @Test
  void without_any_it_says_what_is_missing_and_what_is_too_old() throws Exception {
    Path old = jdk("old", "21.0.1");

    // Only what is named is looked at: the machine's own JDKs are hidden by emptying the list.
    Outcome outcome =
        bash(". '" + SCRIPT + "'; jdk_candidates() { echo '" + old + "'; }; find_jdk", Map.of());

    assertThat(outcome.exitCode).isEqualTo(1);
    assertThat(outcome.err)
        .contains("error: no JDK 25 or newer found")
        .contains(old + " (21)")
        .contains("try: ");
  }

  private static Outcome find(Map<String, String> environment) throws Exception {
    return bash(". '" + SCRIPT + "'; find_jdk && echo \"$JAVA_HOME\"", environment);
  }

  private static Outcome bash(String script, Map<String, String> environment) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(List.of("bash", "-c", script));
    builder.environment().remove("JAVA_HOME");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), out, err);
  }

  private Path jdk(String name, String version) throws IOException {
    Path directory = Files.createDirectories(home.resolve(name));
    Files.createDirectory(directory.resolve("bin"));
    Files.createFile(
        directory.resolve("bin/javac"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return directory;
  }
}
