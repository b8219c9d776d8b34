package dev.ballast.cli.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.cli.Threads;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Json;
import dev.ballast.oci.Platform;
import dev.ballast.oci.client.BlobSource;
import dev.ballast.oci.client.FetchedManifest;
import dev.ballast.oci.client.ImageCopy;
import dev.ballast.oci.client.ImageSource;
import dev.ballast.oci.client.RegistryClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast registry inspect}. */
@Command(name = "inspect", description = "Prints what an image is, as skopeo inspect does.")
final class InspectCommand implements Callable<Integer> {
  private static final int LARGEST_CONFIG = 4 << 20;

  @Spec private CommandSpec spec;
  @Mixin private ClientMixin client;

  @Parameters(paramLabel = "IMAGE", description = "Its name, as ballast registry copy takes it.")
  private String image = "";

  @Option(names = "--raw", description = "Print the manifest as it is.")
  private boolean raw;

  @Option(names = "--config", description = "Print the configuration.")
  private boolean config;

  @Option(
      names = {"-n", "--no-tags"},
      description = "Do not list the repository's tags.")
  private boolean noTags;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description = "Which image of an index (default: that of this machine).")
  private Optional<String> platform = Optional.empty();

  @Option(
      names = "--tls-verify",
      arity = "1",
      paramLabel = "BOOL",
      defaultValue = "true",
      description = "Verify TLS; false allows none too (default: ${DEFAULT-VALUE}).")
  private boolean verifiesTls = true;

  @Option(names = "--creds", paramLabel = "USER:PASSWORD", description = "Who asks.")
  private Optional<String> credentials = Optional.empty();

  @Override
  public Integer call() throws Exception {
    ImageName name;
    try {
      name = ImageName.parse(image);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
    try (RegistryClient registry =
            RegistryClient.open(client.options(verifiesTls, credentials), Threads.TASKS);
        ImageSource source = name.source(registry)) {
      inspect(name, source);
    }
    return 0;
  }

  private void inspect(ImageName name, ImageSource source) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    FetchedManifest root = source.root();
    if (raw && !config) {
      out.print(new String(root.bytes(), StandardCharsets.UTF_8));
      out.flush();
      return;
    }
    FetchedManifest one = root;
    if (root.manifest().isIndex()) {
      Platform wanted = platform.map(Platform::parse).orElseGet(Platform::here);
      one = source.manifest(ImageCopy.choose(root, wanted).digest());
    }
    byte[] bytes = read(source, one.manifest().blobs().getFirst());
    if (config) {
      out.println(raw ? new String(bytes, StandardCharsets.UTF_8) : Json.pretty(Json.read(bytes)));
      return;
    }
    out.println(Json.pretty(summary(name, source, root, one, Json.read(bytes))));
  }

  private static byte[] read(ImageSource source, Descriptor blob) throws IOException {
    if (blob.size() > LARGEST_CONFIG) {
      throw new IOException("the configuration is larger than " + LARGEST_CONFIG + " bytes");
    }
    byte[][] bytes = {new byte[0]};
    source.blob(
        blob,
        from -> {
          try (InputStream in = BlobSource.stream(from)) {
            bytes[0] = in.readNBytes((int) blob.size());
          }
        });
    return bytes[0];
  }

  private ObjectNode summary(
      ImageName name,
      ImageSource source,
      FetchedManifest root,
      FetchedManifest one,
      ObjectNode configuration)
      throws IOException {
    ObjectNode summary = Json.object();
    if (name instanceof ImageName.Remote remote) {
      summary.put("Name", remote.reference().registry() + "/" + remote.reference().repository());
    }
    summary.put("Digest", root.descriptor().digest().toString());
    ArrayNode tags = summary.putArray("RepoTags");
    if (!noTags && source.remote().isPresent()) {
      source.remote().get().tags().forEach(tags::add);
    }
    summary.put("Created", configuration.path("created").asText());
    summary.put("DockerVersion", configuration.path("docker_version").asText());
    JsonNode labels = configuration.path("config").path("Labels");
    summary.set("Labels", labels.isObject() ? labels : Json.object().nullNode());
    summary.put("Architecture", configuration.path("architecture").asText());
    if (configuration.has("variant")) {
      summary.put("Variant", configuration.path("variant").asText());
    }
    summary.put("Os", configuration.path("os").asText());
    List<Descriptor> layers = one.manifest().blobs().subList(1, one.manifest().blobs().size());
    ArrayNode digests = summary.putArray("Layers");
    layers.forEach(layer -> digests.add(layer.digest().toString()));
    ArrayNode data = summary.putArray("LayersData");
    for (Descriptor layer : layers) {
      ObjectNode entry =
          data.addObject()
              .put("MIMEType", layer.mediaType())
              .put("Digest", layer.digest().toString())
              .put("Size", layer.size());
      if (layer.annotations().isEmpty()) {
        entry.putNull("Annotations");
      } else {
        ObjectNode annotations = entry.putObject("Annotations");
        layer.annotations().forEach(annotations::put);
      }
    }
    JsonNode env = configuration.path("config").path("Env");
    summary.set("Env", env.isArray() ? env : Json.object().nullNode());
    return summary;
  }
}
