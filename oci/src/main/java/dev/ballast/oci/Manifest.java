package dev.ballast.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image manifest or an index, of OCI or Docker.
 *
 * @param isIndex whether it lists manifests; otherwise it has blobs
 * @param blobs of an image: its configuration first, then its layers
 * @param foreign those of the blobs that a registry may lack
 * @param manifests of an index
 * @param artifactType its own, or else the type of its configuration
 */
public record Manifest(
    String mediaType,
    boolean isIndex,
    List<Descriptor> blobs,
    List<Descriptor> foreign,
    List<Descriptor> manifests,
    List<Descriptor> subjects,
    String artifactType,
    Map<String, String> annotations) {
  /** The specification's advice is to take 4 MiB at least; what is larger is an attack. */
  public static final int LARGEST = 4 << 20;

  public Manifest {
    blobs = List.copyOf(blobs);
    foreign = List.copyOf(foreign);
    manifests = List.copyOf(manifests);
    subjects = List.copyOf(subjects);
    annotations = Map.copyOf(annotations);
  }

  /**
   * Reads one.
   *
   * @param stated the media type that came with it; may be empty
   * @throws InvalidManifestException when it is none, or could be taken for two kinds
   */
  public static Manifest read(byte[] bytes, String stated) throws InvalidManifestException {
    ObjectNode json;
    try {
      json = Json.read(bytes);
    } catch (IOException e) {
      throw new InvalidManifestException("the manifest is not a JSON object");
    }
    String mediaType = mediaType(json, stated);
    boolean isIndex = MediaTypes.isIndex(mediaType);
    // CVE-2021-41190: the same bytes must not be an image for one reader and an index for another.
    if (isIndex ? json.has("layers") || json.has("config") : json.has("manifests")) {
      throw new InvalidManifestException("the manifest has the fields of an image and of an index");
    }
    if (json.path("schemaVersion").asInt() != 2) {
      throw new InvalidManifestException("schemaVersion is not 2");
    }
    List<Descriptor> blobs = new ArrayList<>();
    List<Descriptor> foreign = new ArrayList<>();
    List<Descriptor> manifests = new ArrayList<>();
    String artifactType = json.path("artifactType").asText();
    if (isIndex) {
      manifests.addAll(descriptors(json, "manifests"));
    } else {
      Descriptor config = Descriptor.read(json.path("config"), "config");
      blobs.add(config);
      for (Descriptor layer : descriptors(json, "layers")) {
        (MediaTypes.isForeign(layer.mediaType()) ? foreign : blobs).add(layer);
      }
      artifactType = artifactType.isEmpty() ? config.mediaType() : artifactType;
    }
    List<Descriptor> subjects =
        json.has("subject") && !json.path("subject").isNull()
            ? List.of(Descriptor.read(json.path("subject"), "subject"))
            : List.of();
    return new Manifest(
        mediaType,
        isIndex,
        blobs,
        foreign,
        manifests,
        subjects,
        artifactType,
        Descriptor.strings(json.path("annotations"), "annotations"));
  }

  private static String mediaType(ObjectNode json, String stated) throws InvalidManifestException {
    String own = json.path("mediaType").asText();
    if (!own.isEmpty() && !stated.isEmpty() && !own.equals(stated)) {
      throw new InvalidManifestException(
          "mediaType is " + shown(own) + ", and the content type " + shown(stated));
    }
    String mediaType = stated.isEmpty() ? own : stated;
    if (mediaType.isEmpty()) {
      // The specification lets an OCI manifest leave it out.
      mediaType = json.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    }
    if (!MediaTypes.MANIFESTS.contains(mediaType)) {
      throw new InvalidManifestException("not a media type of manifests: " + shown(mediaType));
    }
    return mediaType;
  }

  /** Strangers choose the text. */
  private static String shown(String text) {
    return text.length() > 100 ? text.substring(0, 100) + "…" : text;
  }

  private static List<Descriptor> descriptors(ObjectNode json, String field)
      throws InvalidManifestException {
    JsonNode list = json.path(field);
    if (!list.isArray()) {
      throw new InvalidManifestException(field + " is not a list");
    }
    List<Descriptor> descriptors = new ArrayList<>();
    for (JsonNode each : list) {
      descriptors.add(Descriptor.read(each, field));
    }
    return descriptors;
  }

  /** Returns the manifest that this one is about. */
  public Optional<Descriptor> subject() {
    return subjects.stream().findFirst();
  }
}
