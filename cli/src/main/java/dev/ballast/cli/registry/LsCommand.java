package dev.ballast.cli.registry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Json;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast registry ls}. */
@Command(name = "ls", description = "Lists the images of a directory that a registry serves.")
final class LsCommand implements Callable<Integer> {
  private static final int DEEPEST = 4;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "Where the content is.")
  private Path directory = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "REPOSITORY",
      description = "Only this one.")
  private Optional<String> only = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "json",
      defaultValue = "",
      description = "Print JSON.")
  private String output = "";

  /** One line. */
  private record Image(String repository, String tag, Digest digest, long size) {}

  @Override
  public Integer call() throws Exception {
    if (!Files.isDirectory(directory.resolve("blobs"))) {
      throw new NoSuchFileException(directory.resolve("blobs").toString());
    }
    ContentStore store = ContentStore.open(directory);
    List<Image> images = new ArrayList<>();
    for (RepositoryName name : store.repositoryNames()) {
      if (only.isEmpty() || only.get().equals(name.value())) {
        images.addAll(images(store, store.repository(name)));
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output.equals("json")) {
      ArrayNode list = Json.object().putArray("images");
      for (Image each : images) {
        list.addObject()
            .put("repository", each.repository())
            .put("tag", each.tag())
            .put("digest", each.digest().toString())
            .put("size", each.size());
      }
      out.println(Json.pretty(list));
      return 0;
    }
    int repository = width(images.stream().map(Image::repository).toList(), "REPOSITORY");
    int tag = width(images.stream().map(Image::tag).toList(), "TAG");
    String format = "%-" + repository + "s   %-" + tag + "s   %-71s   %s%n";
    out.printf(format, "REPOSITORY", "TAG", "DIGEST", "SIZE");
    for (Image each : images) {
      out.printf(format, each.repository(), each.tag(), each.digest(), Sizes.shown(each.size()));
    }
    return 0;
  }

  private static int width(List<String> column, String title) {
    return column.stream().mapToInt(String::length).reduce(title.length(), Math::max);
  }

  private static List<Image> images(ContentStore store, Repository repository) throws IOException {
    List<Image> images = new ArrayList<>();
    for (Tag tag : repository.tags()) {
      Optional<Repository.Stored> stored = repository.manifest(tag);
      if (stored.isPresent()) {
        images.add(
            new Image(
                repository.name().value(),
                tag.value(),
                stored.get().digest(),
                size(store, stored.get().digest(), 0)));
      }
    }
    return images;
  }

  /** The manifest with all that it names. */
  private static long size(ContentStore store, Digest digest, int depth) throws IOException {
    Optional<byte[]> bytes = store.read(digest, Manifest.LARGEST);
    if (bytes.isEmpty() || depth > DEEPEST) {
      return 0;
    }
    Manifest manifest = Manifest.read(bytes.get(), "");
    long sum = bytes.get().length;
    for (Descriptor blob : manifest.blobs()) {
      sum += blob.size();
    }
    for (Descriptor each : manifest.manifests()) {
      sum += size(store, each.digest(), depth + 1);
    }
    return sum;
  }
}
