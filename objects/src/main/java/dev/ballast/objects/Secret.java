package dev.ballast.objects;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Values that few may read, {@code v1}.
 *
 * @param type {@code Opaque}, {@code kubernetes.io/tls}, {@code bootstrap.kubernetes.io/token} …
 * @param encoded the values in base64, as they are stored
 */
public record Secret(Metadata metadata, String type, Map<String, String> encoded)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<Secret> KIND =
      new Kind<>("", "v1", "Secret", "secrets", Kind.Scope.NAMESPACED, Secret.class, Secret::read);

  public Secret {
    encoded = Map.copyOf(encoded);
  }

  /** Returns a manifest of a secret with these values. */
  public static Manifest manifest(
      String namespace, String name, String type, Map<String, byte[]> values) {
    Map<String, Object> data = new LinkedHashMap<>();
    values.forEach((key, value) -> data.put(key, Base64.getEncoder().encodeToString(value)));
    return Manifest.of(KIND, namespace, name).with("type", type).with("data", data);
  }

  /**
   * Returns a value; empty when there is none.
   *
   * @throws IllegalArgumentException when it is not base64
   */
  public Optional<byte[]> value(String key) {
    return Optional.ofNullable(encoded.get(key)).map(Base64.getMimeDecoder()::decode);
  }

  /** Returns a value as text; empty when there is none. */
  public Optional<String> text(String key) {
    return value(key).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** Names the secret only. */
  @Override
  public String toString() {
    return key().toString();
  }

  private static Secret read(Fields object) {
    object.ignore("immutable");
    Map<String, String> encoded = new LinkedHashMap<>(object.map("data"));
    object
        .map("stringData")
        .forEach((key, value) ->
            encoded.put(
                key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    return new Secret(
        Metadata.read(object, Kind.Scope.NAMESPACED), object.text("type", "Opaque"), encoded);
  }
}
