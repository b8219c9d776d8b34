package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Json;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Upload;
import dev.ballast.oci.http.Answer;
import dev.ballast.oci.http.Call;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A repository of a registry. What comes from it is verified. Threads: any. */
public final class RemoteRepository {
  private static final int LARGEST_LIST = 16 << 20;
  private static final int MOST_PAGES = 10_000;
  private static final int BUFFER = 256 << 10;
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;.*rel=\"?next\"?.*");

  private final Transport transport;
  private final String registry;
  private final RepositoryName name;

  RemoteRepository(Transport transport, String registry, RepositoryName name) {
    this.transport = transport;
    this.registry = registry;
    this.name = name;
  }

  public String registry() {
    return registry;
  }

  public RepositoryName name() {
    return name;
  }

  Transport transport() {
    return transport;
  }

  @Override
  public String toString() {
    return registry + "/" + name;
  }

  URI uri(String rest) throws IOException {
    return transport.base(registry).resolve("/v2/" + name + rest);
  }

  List<String> pull() {
    return List.of("repository:" + name + ":pull");
  }

  List<String> push() {
    return List.of("repository:" + name + ":pull,push");
  }

  private Answer ask(Call call, List<String> scopes) throws IOException {
    return transport.send(registry, call, scopes);
  }

  private static Call acceptingManifests(Call call) {
    return call.header("Accept", String.join(", ", MediaTypes.MANIFESTS));
  }

  /** Returns what a tag or digest names, without its bytes; empty when there is none. */
  public Optional<Descriptor> head(String target) throws IOException {
    Optional<Descriptor> found =
        transport.repeat(() -> {
          Call call = acceptingManifests(Call.of("HEAD", uri("/manifests/" + target)));
          try (Answer answer = ask(call, pull())) {
            if (answer.status() == 404) {
              return Optional.of(Descriptor.of("", Digest.of(new byte[0]), -1));
            }
            if (answer.status() != 200) {
              throw Transport.refused(registry, call, answer);
            }
            return answer
                .header("Docker-Content-Digest")
                .flatMap(Digest::tryParse)
                .map(digest ->
                    Descriptor.of(
                        MediaTypes.bare(answer.header("Content-Type").orElse("")),
                        digest,
                        Math.max(0, answer.length())));
          }
        });
    if (found.isEmpty()) {
      // A registry that does not say the digest: the bytes do.
      return manifest(target).map(FetchedManifest::descriptor);
    }
    return found.filter(descriptor -> descriptor.size() >= 0);
  }

  /** Returns the manifest of a tag or digest; empty when there is none. */
  public Optional<FetchedManifest> manifest(String target) throws IOException {
    return transport.repeat(() -> {
      Call call = acceptingManifests(Call.of("GET", uri("/manifests/" + target)));
      try (Answer answer = ask(call, pull())) {
        if (answer.status() == 404) {
          return Optional.empty();
        }
        if (answer.status() != 200) {
          throw Transport.refused(registry, call, answer);
        }
        byte[] bytes = answer.bytes(Manifest.LARGEST);
        String type = MediaTypes.bare(answer.header("Content-Type").orElse(""));
        if (!MediaTypes.MANIFESTS.contains(type)) {
          // Some say application/json.
          type = "";
        }
        Optional<Digest> expected = Digest.tryParse(target);
        if (expected.isEmpty()) {
          expected = answer.header("Docker-Content-Digest").flatMap(Digest::tryParse);
        }
        return Optional.of(
            expected.isPresent()
                ? FetchedManifest.verified(bytes, type, expected.get())
                : FetchedManifest.of(bytes, type));
      }
    });
  }

  /**
   * Opens a blob at a place. The bytes are not verified: who reads them all does.
   *
   * @return empty when there is none
   */
  public Optional<Answer> open(Digest digest, long offset) throws IOException {
    Call call = Call.of("GET", uri("/blobs/" + digest));
    if (offset > 0) {
      call.header("Range", "bytes=" + offset + "-");
    }
    Answer answer = ask(call, pull());
    try {
      if (answer.status() == 404) {
        answer.close();
        return Optional.empty();
      }
      if (answer.status() != 200 && answer.status() != 206) {
        throw Transport.refused(registry, call, answer);
      }
      if (offset > 0 && answer.status() == 200) {
        // No ranges here: skip what is known.
        answer.body().skipNBytes(offset);
      }
      if (answer.status() == 206
          && !answer.header("Content-Range").orElse("").startsWith("bytes " + offset + "-")) {
        throw new RegistryException(registry + " sends another range of " + digest);
      }
      return Optional.of(answer);
    } catch (IOException e) {
      answer.close();
      throw e;
    }
  }

  /** Returns a small blob, verified. */
  public byte[] read(Descriptor blob, int most) throws IOException {
    if (blob.size() > most) {
      throw new RegistryException(blob.digest() + " is larger than " + most + " bytes");
    }
    return transport.repeat(() -> {
      try (Answer answer = open(blob.digest(), 0).orElseThrow(() -> missing(blob.digest()))) {
        byte[] bytes = answer.bytes(most);
        Digest found = Digest.of(blob.digest().algorithm(), bytes, bytes.length);
        if (!found.equals(blob.digest())) {
          throw new RegistryException(registry + " sends " + found + " for " + blob.digest());
        }
        return bytes;
      }
    });
  }

  private RegistryException missing(Digest digest) {
    return new RegistryException(404, this + " does not have the blob " + digest);
  }

  /**
   * Gets a blob into a store: what has come stays when the connection breaks, and only the rest is
   * asked for again.
   */
  public void pull(Descriptor blob, ContentStore store) throws IOException {
    if (store.has(blob.digest())) {
      return;
    }
    try (Upload upload = store.write(blob.digest().algorithm())) {
      fetch(blob, upload);
      upload.finish(blob.digest());
    }
  }

  private void fetch(Descriptor blob, Upload upload) throws IOException {
    byte[] buffer = new byte[BUFFER];
    // Progress is a reason to go on, as often as it takes.
    long[] reached = {-1};
    while (upload.length() < blob.size() || reached[0] < 0) {
      long before = upload.length();
      try {
        transport.repeat(() -> {
          try (Answer answer =
              open(blob.digest(), upload.length()).orElseThrow(() -> missing(blob.digest()))) {
            copy(blob, answer.body(), upload, buffer);
          } catch (IOException e) {
            if (upload.length() > before && isOfNetwork(e)) {
              return false;
            }
            throw e;
          }
          return true;
        });
      } finally {
        reached[0] = upload.length();
      }
      if (upload.length() == before && blob.size() > before) {
        throw new RegistryException(registry + " sends less of " + blob.digest() + " than it has");
      }
    }
  }

  private static boolean isOfNetwork(IOException e) {
    return !(e instanceof RegistryException)
        && !(e instanceof Transport.BusyException)
        && !(e instanceof dev.ballast.oci.content.ContentException);
  }

  private void copy(Descriptor blob, InputStream from, Upload to, byte[] buffer)
      throws IOException {
    while (true) {
      int n = from.readNBytes(buffer, 0, buffer.length);
      if (n == 0) {
        return;
      }
      if (to.length() + n > blob.size()) {
        throw new RegistryException(
            "%s sends more than the %d bytes of %s"
                .formatted(registry, blob.size(), blob.digest()));
      }
      to.append(ByteBuffer.wrap(buffer, 0, n));
    }
  }

  /** Returns whether it has a blob. */
  public boolean hasBlob(Digest digest) throws IOException {
    return transport.repeat(() -> {
      Call call = Call.of("HEAD", uri("/blobs/" + digest));
      try (Answer answer = ask(call, pull())) {
        if (answer.status() == 404) {
          return false;
        }
        if (answer.status() != 200) {
          throw Transport.refused(registry, call, answer);
        }
        return true;
      }
    });
  }

  /** Returns the size of a blob; empty when it does not have it. */
  public OptionalLong blobSize(Digest digest) throws IOException {
    return transport.repeat(() -> {
      Call call = Call.of("HEAD", uri("/blobs/" + digest));
      try (Answer answer = ask(call, pull())) {
        if (answer.status() == 404) {
          return OptionalLong.empty();
        }
        if (answer.status() != 200 || answer.length() < 0) {
          throw Transport.refused(registry, call, answer);
        }
        return OptionalLong.of(answer.length());
      }
    });
  }

  /** Opens a blob; the stream goes on where a connection breaks, and verifies what comes. */
  public InputStream stream(Descriptor blob) throws IOException {
    return new VerifiedInput(new ResumedInput(this, blob, 0), blob);
  }

  /** Sends a blob. */
  public void push(Descriptor blob, BlobSource source, Optional<RepositoryName> from)
      throws IOException {
    new BlobPush(this, blob, source).run(from);
  }

  /**
   * Sends a manifest under a tag or its digest, and keeps the list of what is about its subject in
   * a tag where the registry does not keep it.
   */
  public void put(FetchedManifest manifest, String target) throws IOException {
    boolean listed =
        transport.repeat(() -> {
          Call call =
              Call.of("PUT", uri("/manifests/" + target))
                  .header("Content-Type", manifest.descriptor().mediaType())
                  .body(manifest.bytes());
          try (Answer answer = ask(call, push())) {
            if (answer.status() != 201) {
              throw Transport.refused(registry, call, answer);
            }
            return answer.header("OCI-Subject").isPresent();
          }
        });
    if (!listed && manifest.manifest().subject().isPresent()) {
      new ReferrersTag(this).add(manifest.manifest().subject().get().digest(), manifest);
    }
  }

  /** Removes a manifest by its digest, or a tag; false when it is not there. */
  public boolean delete(String target) throws IOException {
    return transport.repeat(() -> {
      Call call = Call.of("DELETE", uri("/manifests/" + target));
      try (Answer answer = ask(call, List.of("repository:" + name + ":delete,pull,push"))) {
        if (answer.status() == 404) {
          return false;
        }
        if (answer.status() != 202 && answer.status() != 200) {
          throw Transport.refused(registry, call, answer);
        }
        return true;
      }
    });
  }

  /** Returns all tags. */
  public List<String> tags() throws IOException {
    List<String> tags = new ArrayList<>();
    Optional<URI> next = Optional.of(uri("/tags/list"));
    for (int page = 0; next.isPresent(); page++) {
      if (page == MOST_PAGES) {
        throw new RegistryException(registry + " lists tags without an end");
      }
      URI at = next.get();
      next = transport.repeat(() -> page(at, tags));
    }
    return tags;
  }

  private Optional<URI> page(URI at, List<String> tags) throws IOException {
    Call call = Call.of("GET", at);
    try (Answer answer = ask(call, pull())) {
      if (answer.status() != 200) {
        throw Transport.refused(registry, call, answer);
      }
      Json.read(answer.bytes(LARGEST_LIST)).path("tags").forEach(tag -> tags.add(tag.asText()));
      Matcher link = NEXT.matcher(answer.header("Link").orElse(""));
      if (!link.matches()) {
        return Optional.empty();
      }
      URI next = at.resolve(link.group(1));
      if (!String.valueOf(next.getAuthority()).equals(at.getAuthority())) {
        throw new RegistryException(registry + " continues its tags on another host");
      }
      return Optional.of(next);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(registry + " continues its tags at no address");
    }
  }

  /**
   * Returns the descriptors of what is about a manifest, by the referrers API or, where there is
   * none, by the tag that clients keep.
   *
   * @param artifactType only those of this type; empty for all
   */
  public List<Descriptor> referrers(Digest subject, String artifactType) throws IOException {
    Optional<byte[]> index =
        transport.repeat(() -> {
          String filter =
              artifactType.isEmpty()
                  ? ""
                  : "?artifactType=" + URLEncoder.encode(artifactType, StandardCharsets.UTF_8);
          Call call = Call.of("GET", uri("/referrers/" + subject + filter));
          try (Answer answer = ask(call, pull())) {
            if (answer.status() == 404 || answer.status() == 405) {
              return Optional.empty();
            }
            if (answer.status() != 200) {
              throw Transport.refused(registry, call, answer);
            }
            return Optional.of(answer.bytes(Manifest.LARGEST));
          }
        });
    List<Descriptor> all =
        index.isPresent()
            ? Manifest.read(index.get(), MediaTypes.OCI_INDEX).manifests()
            : new ReferrersTag(this).read(subject);
    return all.stream()
        .filter(each -> artifactType.isEmpty() || each.artifactType().equals(artifactType))
        .toList();
  }
}
