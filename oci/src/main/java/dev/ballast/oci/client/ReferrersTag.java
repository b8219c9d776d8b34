package dev.ballast.oci.client;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Json;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tag in which clients list what is about a manifest, where the registry has no referrers API:
 * {@code sha256-…}, an index. Two who add at the same time may lose one; the specification has no
 * remedy for that.
 */
record ReferrersTag(RemoteRepository repository) {
  private static String tag(Digest subject) {
    return subject.algorithm().text()
        + "-"
        + subject.hex().substring(0, Math.min(64, subject.hex().length()));
  }

  List<Descriptor> read(Digest subject) throws IOException {
    Optional<FetchedManifest> index = repository.manifest(tag(subject));
    return index.isPresent() ? index.get().manifest().manifests() : List.of();
  }

  void add(Digest subject, FetchedManifest referrer) throws IOException {
    List<Descriptor> all = new ArrayList<>(read(subject));
    if (all.stream().anyMatch(each -> each.digest().equals(referrer.descriptor().digest()))) {
      return;
    }
    all.add(
        new Descriptor(
            referrer.descriptor().mediaType(),
            referrer.descriptor().digest(),
            referrer.descriptor().size(),
            referrer.manifest().artifactType(),
            Platform.NONE,
            referrer.manifest().annotations()));
    ObjectNode index = Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
    ArrayNode manifests = index.putArray("manifests");
    all.forEach(each -> manifests.add(each.toJson()));
    repository.put(FetchedManifest.of(Json.bytes(index), MediaTypes.OCI_INDEX), tag(subject));
  }
}
