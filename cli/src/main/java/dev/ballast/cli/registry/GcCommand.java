package dev.ballast.cli.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Json;
import dev.ballast.oci.content.Collection;
import dev.ballast.oci.content.ContentStore;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast registry gc}. */
@Command(
    name = "gc",
    description = "Removes content that nothing names. The registry may go on serving meanwhile.")
final class GcCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Where the content is.")
  private Path directory = Path.of("");

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      defaultValue = "1h",
      description =
          "Leave alone what is younger: somebody may be pushing (default: ${DEFAULT-VALUE}).")
  private String grace = "1h";

  @Option(
      names = "--abandoned",
      paramLabel = "TIME",
      defaultValue = "7d",
      description = "Remove uploads that nobody touched for so long (default: ${DEFAULT-VALUE}).")
  private String abandoned = "7d";

  @Option(names = "--untagged", description = "Remove manifests too that no tag reaches.")
  private boolean untagged;

  @Option(names = "--dry-run", description = "Say what would be removed, and remove nothing.")
  private boolean dryRun;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "json",
      defaultValue = "",
      description = "Print JSON.")
  private String output = "";

  @Override
  public Integer call() throws Exception {
    if (!Files.isDirectory(directory.resolve("blobs"))) {
      throw new NoSuchFileException(directory.resolve("blobs").toString());
    }
    Collection.Result result =
        Collection.run(
            ContentStore.open(directory),
            new Collection.Options(Sizes.span(grace), Sizes.span(abandoned), untagged, dryRun),
            Instant.now());
    PrintWriter out = spec.commandLine().getOut();
    if (output.equals("json")) {
      ObjectNode json =
          Json.object()
              .put("dryRun", dryRun)
              .put("bytes", result.bytes())
              .put("manifests", result.manifests())
              .put("uploads", result.uploads())
              .put("kept", result.kept());
      result.content().forEach(digest -> json.withArray("content").add(digest.toString()));
      out.println(Json.pretty(json));
      return 0;
    }
    result.content().forEach(out::println);
    out.printf(
        "%s %d pieces of content (%s), %d manifests, %d uploads; kept %d%n",
        dryRun ? "would remove" : "removed",
        result.content().size(),
        Sizes.shown(result.bytes()),
        result.manifests(),
        result.uploads(),
        result.kept());
    return 0;
  }
}
