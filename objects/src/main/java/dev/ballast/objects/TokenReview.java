package dev.ballast.objects;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who the bearer of a token is, {@code authentication.k8s.io/v1}. It is created to ask, and the API
 * answers with its status; nothing is stored.
 *
 * @param username empty when the token is not accepted
 * @param error why it could not be checked; empty when it could
 */
public record TokenReview(
    Metadata metadata,
    boolean authenticated,
    String username,
    String uid,
    List<String> groups,
    List<String> audiences,
    String error)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<TokenReview> KIND =
      new Kind<>(
          "authentication.k8s.io",
          "v1",
          "TokenReview",
          "tokenreviews",
          Kind.Scope.CLUSTER,
          TokenReview.class,
          TokenReview::read);

  public TokenReview {
    groups = List.copyOf(groups);
    audiences = List.copyOf(audiences);
  }

  @Override
  public String group() {
    return KIND.group();
  }

  /**
   * Returns the manifest of a question; {@link ObjectStore#create} answers it.
   *
   * @param audiences of which the token must be meant for one; those of the API when there are none
   */
  public static Manifest manifest(String token, List<String> audiences) {
    return Manifest.of(KIND, "review").with("spec", Map.of("token", token, "audiences", audiences));
  }

  private static TokenReview read(Fields object) {
    object.ignore("spec");
    Metadata metadata = Metadata.read(object, Kind.Scope.CLUSTER);
    Optional<Fields> status = object.object("status").map(Fields::ignoreOthers);
    Optional<Fields> user =
        status.flatMap(fields -> fields.object("user")).map(Fields::ignoreOthers);
    return new TokenReview(
        metadata,
        status.flatMap(fields -> fields.bool("authenticated")).orElse(false),
        user.map(fields -> fields.text("username", "")).orElse(""),
        user.map(fields -> fields.text("uid", "")).orElse(""),
        user.map(fields -> fields.texts("groups")).orElse(List.of()),
        status.map(fields -> fields.texts("audiences")).orElse(List.of()),
        status.map(fields -> fields.text("error", "")).orElse(""));
  }
}
