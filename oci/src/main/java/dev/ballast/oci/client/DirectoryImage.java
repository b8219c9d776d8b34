package dev.ballast.oci.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Json;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.MediaTypes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/** An image of a directory: an OCI layout, or skopeo's {@code dir}. Threads: any. */
public final class DirectoryImage implements ImageSource, ImageDestination {
  private static final String NAME = "org.opencontainers.image.ref.name";
  private static final int LARGEST = 16 << 20;

  private final Path root;
  private final Kind kind;
  private final String tag;
  private final ReentrantLock index = new ReentrantLock();

  /** How files are laid out. */
  public enum Kind {
    /** The image specification's layout, which holds many images by name. */
    OCI,
    /** skopeo's, which holds one. */
    DIR
  }

  private DirectoryImage(Path root, Kind kind, String tag) {
    this.root = root;
    this.kind = kind;
    this.tag = tag;
  }

  /**
   * Names one.
   *
   * @param tag of a layout; may be empty where that has one image only
   */
  public static DirectoryImage of(Path root, Kind kind, String tag) {
    return new DirectoryImage(root, kind, tag);
  }

  private Path path(Digest digest) {
    return switch (kind) {
      case OCI -> root.resolve("blobs").resolve(digest.algorithm().text()).resolve(digest.hex());
      case DIR -> root.resolve(digest.hex());
    };
  }

  private static byte[] read(Path file, int most) throws IOException {
    if (Files.size(file) > most) {
      throw new IOException(file + " is larger than " + most + " bytes");
    }
    return Files.readAllBytes(file);
  }

  @Override
  public FetchedManifest root() throws IOException {
    if (kind == Kind.DIR) {
      return FetchedManifest.of(read(root.resolve("manifest.json"), Manifest.LARGEST), "");
    }
    ObjectNode top = Json.read(read(root.resolve("index.json"), LARGEST));
    JsonNode found = top.path("manifests").path(0);
    if (tag.isEmpty()) {
      if (top.path("manifests").size() != 1) {
        throw new IOException(root + " has several images; name one, as oci:" + root + ":TAG");
      }
    } else {
      found = Json.object();
      for (JsonNode each : top.path("manifests")) {
        if (each.path("annotations").path(NAME).asText().equals(tag)) {
          found = each;
        }
      }
    }
    Optional<Digest> digest = Digest.tryParse(found.path("digest").asText());
    if (digest.isEmpty()) {
      throw new IOException(root + " has no image " + tag);
    }
    return manifest(digest.get());
  }

  @Override
  public FetchedManifest manifest(Digest digest) throws IOException {
    Path file = kind == Kind.DIR ? root.resolve(digest.hex() + ".manifest.json") : path(digest);
    return FetchedManifest.verified(read(file, Manifest.LARGEST), "", digest);
  }

  @Override
  public void blob(Descriptor blob, Use use) throws IOException {
    try (FileChannel channel = FileChannel.open(path(blob.digest()), StandardOpenOption.READ)) {
      if (channel.size() != blob.size()) {
        throw new IOException(
            "%s has %d bytes, not %d".formatted(path(blob.digest()), channel.size(), blob.size()));
      }
      use.with(new BlobSource.File(channel));
    } catch (NoSuchFileException e) {
      throw new IOException(root + " does not have " + blob.digest(), e);
    }
  }

  @Override
  public List<Descriptor> referrers(Digest digest) {
    return List.of();
  }

  @Override
  public Optional<RemoteRepository> remote() {
    return Optional.empty();
  }

  @Override
  public boolean has(Descriptor blob) throws IOException {
    Path file = path(blob.digest());
    return Files.isRegularFile(file) && Files.size(file) == blob.size();
  }

  @Override
  public void put(Descriptor blob, ImageSource from) throws IOException {
    from.blob(
        blob,
        source -> {
          Path file = path(blob.digest());
          Files.createDirectories(parent(file));
          Path beside = file.resolveSibling(".new-" + UUID.randomUUID());
          try {
            try (InputStream in = new VerifiedInput(BlobSource.stream(source), blob);
                OutputStream out = Files.newOutputStream(beside)) {
              byte[] buffer = new byte[256 << 10];
              for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
              }
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
          } finally {
            Files.deleteIfExists(beside);
          }
        });
  }

  private static Path parent(Path file) {
    return Optional.ofNullable(file.getParent()).orElseThrow();
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.createDirectories(parent(file));
    Path beside = file.resolveSibling(".new-" + UUID.randomUUID());
    try {
      Files.write(beside, bytes);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  @Override
  public void put(FetchedManifest manifest) throws IOException {
    Digest digest = manifest.descriptor().digest();
    write(
        kind == Kind.DIR ? root.resolve(digest.hex() + ".manifest.json") : path(digest),
        manifest.bytes());
  }

  @Override
  public void putRoot(FetchedManifest manifest) throws IOException {
    if (kind == Kind.DIR) {
      write(
          root.resolve("version"),
          "Directory Transport Version: 1.1\n".getBytes(StandardCharsets.UTF_8));
      write(root.resolve("manifest.json"), manifest.bytes());
      return;
    }
    put(manifest);
    write(
        root.resolve("oci-layout"),
        "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
    index.lock();
    try {
      name(manifest.descriptor());
    } finally {
      index.unlock();
    }
  }

  private void name(Descriptor image) throws IOException {
    Path file = root.resolve("index.json");
    ObjectNode top =
        Files.exists(file)
            ? Json.read(read(file, LARGEST))
            : Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
    ArrayNode others = Json.object().putArray("manifests");
    for (JsonNode each : top.path("manifests")) {
      String name = each.path("annotations").path(NAME).asText();
      if (tag.isEmpty()
          ? !each.path("digest").asText().equals(image.digest().toString())
          : !name.equals(tag)) {
        others.add(each);
      }
    }
    ObjectNode entry = image.toJson();
    if (!tag.isEmpty()) {
      entry.putObject("annotations").put(NAME, tag);
    }
    others.add(entry);
    top.set("manifests", others);
    write(file, Json.bytes(top));
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
