package dev.ballast.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DockerConfigTest {
  @TempDir private Path home;

  private Credentials find(String config, String registry) throws Exception {
    Path file = home.resolve(".docker/config.json");
    Files.createDirectories(home.resolve(".docker"));
    Files.writeString(file, config);
    return DockerConfig.of(Map.of("HOME", home.toString())).find(registry);
  }

  @Test
  void reads_each_way_to_say_who_one_is() throws Exception {
    String config =
        """
        {"auths": {
          "https://index.docker.io/v1/": {"auth": "YW5uOnMzOmNyZXQ="},
          "r.test:5000": {"identitytoken": "refresh"},
          "s.test": {"registrytoken": "access"},
          "http://t.test": {"auth": "YW5uOnMzY3JldA=="}}}
        """;

    assertThat(find(config, "docker.io")).isEqualTo(new Credentials.Basic("ann", "s3:cret"));
    assertThat(find(config, "r.test:5000")).isEqualTo(new Credentials.IdentityToken("refresh"));
    assertThat(find(config, "s.test")).isEqualTo(new Credentials.RegistryToken("access"));
    assertThat(find(config, "t.test")).isEqualTo(new Credentials.Basic("ann", "s3cret"));
    assertThat(find(config, "other.test")).isEqualTo(new Credentials.Anonymous());
  }

  @Test
  void no_secret_is_shown() throws Exception {
    assertThat(new Credentials.Basic("ann", "s3cret").toString()).doesNotContain("s3cret");
    assertThat(new Credentials.IdentityToken("s3cret").toString()).doesNotContain("s3cret");
    assertThatThrownBy(() -> find("{\"auths\": {\"a\": \"s3cret\"", "a"))
        .hasMessageContaining("config.json")
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(() -> find("{\"auths\": {\"a\": {\"auth\": \"s3cret!\"}}}", "a"))
        .hasMessageContaining("config.json")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void a_helper_must_be_a_program_and_no_path() {
    assertThatThrownBy(() -> find("{\"credsStore\": \"../../bin/sh\"}", "a"))
        .hasMessageContaining("not the name of a credential helper");
    assertThatThrownBy(() -> find("{\"credHelpers\": {\"a\": \"is-not-there\"}}", "a"))
        .hasMessageContaining("docker-credential-is-not-there");
  }
}
