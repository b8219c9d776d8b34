package dev.ballast.images.build;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.images.Platform;
import dev.ballast.images.layer.LayerReader;
import dev.ballast.images.registry.Reference;
import dev.ballast.images.registry.Registry;
import dev.ballast.images.store.Descriptor;
import dev.ballast.images.store.Digests;
import dev.ballast.images.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.GZIPInputStream;

/** Base images: from a registry or an OCI layout into layers of the store. */
final class Bases {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Store store;
  private final Executor executor;
  private final boolean plainHttp;
  private final ConcurrentHashMap<String, ReentrantLock> unpacking = new ConcurrentHashMap<>();

  Bases(Store store, Executor executor, boolean plainHttp) {
    this.store = store;
    this.executor = executor;
    this.plainHttp = plainHttp;
  }

  /** A base: its layers, lowest first, and its configuration. */
  record Base(List<String> layers, ObjectNode image) {}

  /** Where manifests and blobs come from. */
  private interface Source {
    Registry.Manifest manifest(String target) throws IOException;

    void pull(Descriptor blob) throws IOException;
  }

  /** Pulls the image of a reference for a platform. */
  Base pull(String name, Platform platform) throws IOException {
    Reference reference = Reference.parse(name);
    Registry registry = Registry.of(reference, plainHttp, executor);
    return resolve(
        name,
        reference.target(),
        platform,
        new Source() {
          @Override
          public Registry.Manifest manifest(String target) throws IOException {
            return registry.manifest(target);
          }

          @Override
          public void pull(Descriptor blob) throws IOException {
            registry.pull(blob, store);
          }
        });
  }

  /** Reads an image of a layout directory, {@code DIR[:TAG]}. */
  Base layout(String name, Platform platform) throws IOException {
    int colon = name.lastIndexOf(':');
    boolean tagged = colon > name.lastIndexOf('/');
    Path directory = Path.of(tagged ? name.substring(0, colon) : name);
    String tag = tagged ? name.substring(colon + 1) : "";
    JsonNode index = JSON.readTree(directory.resolve("index.json").toFile());
    String target = "";
    for (JsonNode each : index.path("manifests")) {
      String given = each.path("annotations").path("org.opencontainers.image.ref.name").asText();
      if (tag.isEmpty() ? target.isEmpty() : given.equals(tag)) {
        target = each.path("digest").asText();
      }
    }
    if (target.isEmpty()) {
      throw new BuildFailure(
          directory + " has no image" + (tag.isEmpty() ? "" : " with tag " + tag));
    }
    return resolve(
        name,
        target,
        platform,
        new Source() {
          @Override
          public Registry.Manifest manifest(String digest) throws IOException {
            byte[] bytes = Files.readAllBytes(file(digest));
            if (!Digests.of(bytes).equals(digest)) {
              throw new IOException(file(digest) + " is damaged: its digest is another");
            }
            JsonNode json = JSON.readTree(bytes);
            return new Registry.Manifest(
                new Descriptor(json.path("mediaType").asText(), digest, bytes.length), bytes, json);
          }

          @Override
          public void pull(Descriptor blob) throws IOException {
            if (!store.has(blob.digest())) {
              store.put(blob, Files.newInputStream(file(blob.digest())));
            }
          }

          private Path file(String digest) {
            return directory
                .resolve("blobs/sha256")
                .resolve(new Descriptor("", digest, 0).digest().substring(7));
          }
        });
  }

  private Base resolve(String name, String target, Platform platform, Source source)
      throws IOException {
    Registry.Manifest manifest = source.manifest(target);
    if (manifest.json().has("manifests")) {
      String found = "";
      List<String> offered = new ArrayList<>();
      for (JsonNode each : manifest.json().path("manifests")) {
        JsonNode said = each.path("platform");
        String text =
            said.path("os").asText("unknown")
                + "/"
                + said.path("architecture").asText("unknown")
                + (said.has("variant") ? "/" + said.path("variant").asText() : "");
        offered.add(text);
        if (platform.accepts(Platform.parse(text))) {
          found = each.path("digest").asText();
          break;
        }
      }
      if (found.isEmpty()) {
        throw new BuildFailure(
            name
                + ": no match for platform in manifest: not found (wanted "
                + platform
                + ", there are "
                + String.join(", ", offered)
                + ")");
      }
      manifest = source.manifest(found);
    }
    Descriptor config = Descriptor.of(manifest.json().path("config"));
    source.pull(config);
    ObjectNode image = (ObjectNode) JSON.readTree(Files.readAllBytes(store.blob(config.digest())));
    List<String> layers = new ArrayList<>();
    String parent = "";
    int number = 0;
    for (JsonNode each : manifest.json().path("layers")) {
      Descriptor blob = Descriptor.of(each);
      String diff = image.path("rootfs").path("diff_ids").path(number++).asText();
      parent = Digests.key("base", parent, diff, blob.digest());
      layers.add(parent);
      ReentrantLock one = unpacking.computeIfAbsent(parent, _ -> new ReentrantLock());
      one.lock();
      try {
        if (store.layer(parent).isEmpty()) {
          source.pull(blob);
          unpack(blob, diff, parent);
        } else if (!store.has(blob.digest())) {
          source.pull(blob);
        }
      } finally {
        one.unlock();
      }
    }
    return new Base(layers, image);
  }

  private void unpack(Descriptor blob, String diff, String key) throws IOException {
    try (Store.Making making = store.making()) {
      Path layer = making.directory().resolve("layer");
      Files.createDirectories(layer.resolve("diff"));
      MessageDigest digest = Digests.sha256();
      try (InputStream in = new DigestInputStream(plain(blob), digest)) {
        LayerReader.layer(in, layer.resolve("diff"));
      }
      String found = Digests.text(digest.digest());
      if (!found.equals(diff)) {
        throw new IOException("layer " + blob.digest() + " unpacks to " + found + ", not " + diff);
      }
      ObjectNode about = JsonNodeFactory.instance.objectNode();
      about.put("diffId", diff);
      about.set("blob", blob.json());
      store.write(layer, about);
      Path unused = store.keep(key, layer);
    }
  }

  private InputStream plain(Descriptor blob) throws IOException {
    InputStream in =
        new java.io.BufferedInputStream(Files.newInputStream(store.blob(blob.digest())), 1 << 16);
    if (blob.mediaType().endsWith("gzip")) {
      return new GZIPInputStream(in, 1 << 16);
    }
    if (blob.mediaType().endsWith("tar")) {
      return in;
    }
    in.close();
    throw new BuildFailure(
        "layer "
            + blob.digest()
            + " has type "
            + blob.mediaType()
            + ", which is not supported yet: use an image with gzip layers");
  }
}
