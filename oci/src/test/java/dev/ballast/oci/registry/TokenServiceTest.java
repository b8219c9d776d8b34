package dev.ballast.oci.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.oci.Ends;
import dev.ballast.oci.Json;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.client.Credentials;
import dev.ballast.oci.client.RemoteRepository;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class TokenServiceTest {
  @TempDir private Path work;
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  private String start(Ends ends, boolean anonymousPull) throws Exception {
    Path users = work.resolve("users");
    Files.writeString(
        users,
        "ann:" + OpenBSDBCrypt.generate("2y", "s3cret".toCharArray(), new byte[16], 4) + "\n");
    return ends.ours(
            "ours",
            RegistryOptions.open()
                .withAccess(
                    TokenAccess.own(
                        new TokenAccess.Options("", "service", "issuer", anonymousPull),
                        Htpasswd.of(users),
                        now::get)))
        .host();
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder at(String host, String path) {
    return HttpRequest.newBuilder(URI.create("http://" + host + path));
  }

  private static String token(String host, String scope) throws Exception {
    HttpResponse<String> answer =
        send(
            at(host, "/token?service=service&scope=" + scope)
                .header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString("ann:s3cret".getBytes())));
    return Json.read(answer.body().getBytes()).path("token").asText();
  }

  private static int tags(String host, String token) throws Exception {
    return send(at(host, "/v2/a/tags/list").header("Authorization", "Bearer " + token))
        .statusCode();
  }

  @Test
  void a_token_is_good_for_what_it_says_until_it_runs_out() throws Exception {
    try (Ends ends = new Ends(work)) {
      String host = start(ends, false);
      String token = token(host, "repository:a:pull");

      assertThat(tags(host, token)).isEqualTo(404);
      assertThat(tags(host, token(host, "repository:b:pull"))).isEqualTo(401);
      assertThat(
              send(at(host, "/v2/a/blobs/uploads/")
                      .header("Authorization", "Bearer " + token)
                      .POST(HttpRequest.BodyPublishers.noBody()))
                  .headers()
                  .firstValue("WWW-Authenticate")
                  .orElseThrow())
          .contains("scope=\"repository:a:pull,push\"")
          .contains("insufficient_scope");
      now.set(now.get().plus(Duration.ofMinutes(10)));
      assertThat(tags(host, token)).isEqualTo(401);
    }
  }

  @Test
  void a_forged_or_changed_token_is_none() throws Exception {
    try (Ends ends = new Ends(work)) {
      String host = start(ends, false);
      String[] parts = token(host, "repository:b:pull").split("\\.");
      Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
      String claims = new String(Base64.getUrlDecoder().decode(parts[1]));
      String wider = encoder.encodeToString(claims.replace("\"b\"", "\"a\"").getBytes());
      String none = encoder.encodeToString("{\"alg\":\"none\"}".getBytes());

      assertThat(tags(host, parts[0] + "." + wider + "." + parts[2])).isEqualTo(401);
      assertThat(tags(host, none + "." + wider + ".")).isEqualTo(401);
      assertThat(tags(host, "")).isEqualTo(401);
      assertThat(tags(host, "a.b.c")).isEqualTo(401);
    }
  }

  @Test
  void an_identity_token_is_exchanged_and_is_no_token_itself() throws Exception {
    try (Ends ends = new Ends(work)) {
      String host = start(ends, false);
      HttpResponse<String> login =
          send(
              at(host, "/token")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "grant_type=password&username=ann&password=s3cret"
                              + "&service=service&access_type=offline")));
      String refresh = Json.read(login.body().getBytes()).path("refresh_token").asText();
      RemoteRepository repository =
          ends.client(Ends.options().withCredentials(_ -> new Credentials.IdentityToken(refresh)))
              .repository(host, new RepositoryName("a"));

      assertThat(repository.manifest("none")).isEmpty();
      assertThat(tags(host, refresh)).isEqualTo(401);
    }
  }

  @Test
  void the_anonymous_pull_where_they_may_and_never_push() throws Exception {
    try (Ends ends = new Ends(work)) {
      RemoteRepository repository =
          ends.client().repository(start(ends, true), new RepositoryName("a"));

      assertThat(repository.manifest("none")).isEmpty();
      assertThatThrownBy(() -> repository.delete("none")).hasMessageContaining("401");
    }
  }
}
