package dev.ballast.images.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.images.Platform;
import dev.ballast.images.layer.LayerWriter;
import dev.ballast.images.layer.ParallelGzip;
import dev.ballast.images.registry.Reference;
import dev.ballast.images.registry.Registry;
import dev.ballast.images.store.Descriptor;
import dev.ballast.images.store.Digests;
import dev.ballast.images.store.Store;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

/** Solved stages as images: blobs, manifests, an index; pushed or written. */
public final class Output {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Store store;
  private final Executor executor;
  private final Progress progress;
  private final boolean docker;
  private final OptionalLong epoch;

  /** With Docker's media types instead of OCI's where asked. */
  public Output(
      Store store, Executor executor, Progress progress, boolean docker, OptionalLong epoch) {
    this.store = store;
    this.executor = executor;
    this.progress = progress;
    this.docker = docker;
    this.epoch = epoch;
  }

  /** An image of one platform. */
  public record Image(
      Platform platform, Descriptor config, List<Descriptor> layers, Descriptor manifest) {}

  /** What was built: the images and what a tag names. */
  public record Built(List<Image> images, Descriptor top) {}

  /** Makes the blobs of solved stages. */
  public Built make(Map<Platform, Engine.Stage> stages) throws IOException {
    int step = progress.begin("exporting to image");
    List<Image> images = new ArrayList<>();
    for (Map.Entry<Platform, Engine.Stage> each : stages.entrySet()) {
      images.add(image(each.getKey(), each.getValue()));
    }
    Descriptor top = images.getFirst().manifest();
    if (images.size() > 1) {
      ObjectNode index = NODES.objectNode();
      index.put("schemaVersion", 2);
      index.put(
          "mediaType",
          docker
              ? "application/vnd.docker.distribution.manifest.list.v2+json"
              : "application/vnd.oci.image.index.v1+json");
      ArrayNode manifests = index.putArray("manifests");
      for (Image each : images) {
        ObjectNode entry = each.manifest().json();
        ObjectNode platform = entry.putObject("platform");
        platform.put("architecture", each.platform().architecture());
        platform.put("os", each.platform().os());
        if (!each.platform().variant().isEmpty()) {
          platform.put("variant", each.platform().variant());
        }
        manifests.add(entry);
      }
      top = put(index);
    }
    progress.log(step, "exporting manifest" + (images.size() > 1 ? " list " : " ") + top.digest());
    progress.done(step);
    return new Built(images, top);
  }

  private Image image(Platform platform, Engine.Stage stage) throws IOException {
    ObjectNode config = stage.image().deepCopy();
    ObjectNode rootfs = config.putObject("rootfs");
    ArrayNode diffs = rootfs.putArray("diff_ids");
    rootfs.put("type", "layers");
    List<Descriptor> layers = new ArrayList<>();
    for (String key : stage.layers()) {
      Path layer =
          store
              .layer(key)
              .orElseThrow(
                  () -> new BuildFailure("layer " + key + " was removed meanwhile; build again"));
      ObjectNode about = blob(layer);
      diffs.add(about.path("diffId").asText());
      Descriptor blob = Descriptor.of(about.path("blob"));
      layers.add(
          new Descriptor(
              docker
                  ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
                  : "application/vnd.oci.image.layer.v1.tar+gzip",
              blob.digest(),
              blob.size()));
    }
    clamp(config);
    Descriptor configuration =
        store.put(
            docker
                ? "application/vnd.docker.container.image.v1+json"
                : "application/vnd.oci.image.config.v1+json",
            JSON.writeValueAsBytes(JSON.treeToValue(sorted(config), Object.class)));
    ObjectNode manifest = NODES.objectNode();
    manifest.put("schemaVersion", 2);
    manifest.put(
        "mediaType",
        docker
            ? "application/vnd.docker.distribution.manifest.v2+json"
            : "application/vnd.oci.image.manifest.v1+json");
    manifest.set("config", configuration.json());
    ArrayNode array = manifest.putArray("layers");
    layers.forEach(each -> array.add(each.json()));
    return new Image(platform, configuration, layers, put(manifest));
  }

  // BuildKit's configuration has its top fields in alphabetical order.
  private static ObjectNode sorted(ObjectNode node) {
    ObjectNode found = NODES.objectNode();
    node.properties().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(each -> found.set(each.getKey(), each.getValue()));
    return found;
  }

  private void clamp(ObjectNode config) {
    if (epoch.isEmpty()) {
      return;
    }
    Instant latest = Instant.ofEpochSecond(epoch.getAsLong());
    config.put("created", earlier(config.path("created").asText(), latest));
    config
        .path("history")
        .forEach(each -> {
          ((ObjectNode) each).put("created", earlier(each.path("created").asText(), latest));
        });
  }

  private static String earlier(String text, Instant latest) {
    return text.isEmpty() || Instant.parse(text).isAfter(latest) ? latest.toString() : text;
  }

  private Descriptor put(ObjectNode manifest) throws IOException {
    try {
      return store.put(
          manifest.path("mediaType").asText(),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest is JSON", e);
    }
  }

  private ObjectNode blob(Path layer) throws IOException {
    ObjectNode about = store.about(layer);
    if (about.has("blob") && store.has(about.path("blob").path("digest").asText())) {
      return about;
    }
    try (Store.Making making = store.making()) {
      Path file = making.directory().resolve("blob");
      MessageDigest digest = Digests.sha256();
      MessageDigest diff = Digests.sha256();
      try (OutputStream out =
          new DigestOutputStream(
              new ParallelGzip(
                  new DigestOutputStream(
                      new BufferedOutputStream(Files.newOutputStream(file), 1 << 16), digest),
                  executor),
              diff)) {
        LayerWriter.write(
            layer.resolve("diff"), new BufferedOutputStream(out, 1 << 16), OptionalLong.empty());
      }
      Descriptor blob =
          new Descriptor(
              "application/vnd.oci.image.layer.v1.tar+gzip",
              Digests.text(digest.digest()),
              Files.size(file));
      store.put(blob.digest(), file);
      about.put("diffId", Digests.text(diff.digest()));
      about.set("blob", blob.json());
      store.write(layer, about);
      return about;
    }
  }

  /** Pushes under a name: blobs, manifests, then what the tag names. */
  public void push(Built built, String name, boolean plainHttp) throws IOException {
    Reference reference = Reference.parse(name);
    int step = progress.begin("pushing " + reference);
    try {
      Registry registry = Registry.of(reference, plainHttp, executor);
      for (Image image : built.images()) {
        for (Descriptor layer : image.layers()) {
          registry.push(layer, store.blob(layer.digest()));
        }
        registry.push(image.config(), store.blob(image.config().digest()));
        if (built.images().size() > 1) {
          registry.push(
              image.manifest().digest(),
              image.manifest().mediaType(),
              Files.readAllBytes(store.blob(image.manifest().digest())));
        }
      }
      registry.push(
          reference.target(),
          built.top().mediaType(),
          Files.readAllBytes(store.blob(built.top().digest())));
      // What the registry serves is what counts.
      String served = registry.manifest(reference.target()).descriptor().digest();
      if (!served.equals(built.top().digest())) {
        throw new IOException(
            name + ": the registry serves " + served + ", not " + built.top().digest());
      }
      progress.log(step, "pushing manifest for " + reference + "@" + built.top().digest());
      progress.done(step);
    } catch (IOException | RuntimeException e) {
      progress.failed(step, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** Writes an OCI layout directory. */
  public void layout(Built built, List<String> names, Path directory) throws IOException {
    Files.createDirectories(directory.resolve("blobs/sha256"));
    for (Descriptor blob : blobs(built)) {
      Path at = directory.resolve("blobs/sha256").resolve(blob.digest().substring(7));
      if (!Files.exists(at)) {
        Path next = at.resolveSibling(at.getFileName() + ".next");
        Files.copy(
            store.blob(blob.digest()), next, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.move(next, at, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(directory.resolve("index.json"), index(built, names));
  }

  /** Writes an OCI layout as a tar stream. */
  public void archive(Built built, List<String> names, OutputStream out) throws IOException {
    try (Store.Making making = store.making()) {
      Path directory = making.directory().resolve("oci");
      layout(built, names, directory);
      LayerWriter.write(directory, out, epoch);
    }
  }

  private static byte[] index(Built built, List<String> names) throws JsonProcessingException {
    ObjectNode index = NODES.objectNode();
    index.put("schemaVersion", 2);
    index.put("mediaType", "application/vnd.oci.image.index.v1+json");
    ArrayNode manifests = index.putArray("manifests");
    if (names.isEmpty()) {
      manifests.add(built.top().json());
    }
    for (String name : names) {
      Reference reference = Reference.parse(name);
      ObjectNode entry = built.top().json();
      entry
          .putObject("annotations")
          .put("io.containerd.image.name", reference.toString())
          .put("org.opencontainers.image.ref.name", reference.target());
      manifests.add(entry);
    }
    return JSON.writeValueAsBytes(index);
  }

  private static List<Descriptor> blobs(Built built) {
    List<Descriptor> found = new ArrayList<>();
    for (Image image : built.images()) {
      found.addAll(image.layers());
      found.add(image.config());
      found.add(image.manifest());
    }
    found.add(built.top());
    return found;
  }
}
