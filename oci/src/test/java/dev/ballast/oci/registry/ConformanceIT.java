package dev.ballast.oci.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.concurrency.Scheduler;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public conformance program of the distribution specification, with all that it can ask. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ConformanceIT {
  @TempDir private Path directory;

  @Test
  void all_tests_of_the_released_specification_pass() throws Exception {
    check(Map.of(), RegistryOptions.open());
  }

  @Test
  void all_tests_of_the_specification_that_comes_next_pass_too() throws Exception {
    check(
        Map.of("OCI_VERSION", "dev", "OCI_DATA_SPARSE", "true"),
        RegistryOptions.open().withCompleteness(Completeness.LAZY));
  }

  private void check(Map<String, String> settings, RegistryOptions options) throws Exception {
    Path program = ReferenceProgram.ofGoModule("conformance");
    Path results = Files.createDirectory(directory.resolve("results"));
    ContentStore store = ContentStore.open(directory.resolve("store"));
    try (Scheduler scheduler = Scheduler.start("conformance", 2);
        RegistryServer server =
            RegistryServer.start(
                new InetSocketAddress("127.0.0.1", 0), store, options, scheduler.threadFactory())) {
      Map<String, String> environment =
          new java.util.HashMap<>(
              Map.of(
                  "OCI_REGISTRY",
                  "127.0.0.1:" + server.address().getPort(),
                  "OCI_TLS",
                  "disabled",
                  "OCI_RESULTS_DIR",
                  results.toString()));
      environment.putAll(settings);

      Ran ran = Ran.of(directory, environment, List.of(program.toString()), "");

      String report = Files.readString(results.resolve("junit.xml"));
      assertThat(count(report, "failures")).as("%s%n%s", ran, failures(report)).isZero();
      assertThat(count(report, "errors")).as("%s", ran).isZero();
      // The attribute is left out when it is none.
      assertThat(report).doesNotContain(" skipped=");
      assertThat(count(report, "tests")).isGreaterThan(800);
    }
  }

  private static String failures(String report) throws IOException {
    StringBuilder failures = new StringBuilder();
    Matcher failure =
        Pattern.compile(
                "<testcase name=\"([^\"]*)\"[^>]*>\\s*<failure[^>]*>(.{0,400})", Pattern.DOTALL)
            .matcher(report);
    while (failure.find()) {
      failures.append(failure.group(1)).append(": ").append(failure.group(2)).append('\n');
    }
    return failures.toString();
  }

  private static int count(String report, String attribute) {
    Matcher found =
        Pattern.compile("<testsuites?[^>]* " + attribute + "=\"([0-9]+)\"").matcher(report);
    assertThat(found.find()).as(attribute).isTrue();
    return Integer.parseInt(found.group(1));
  }
}
