package dev.ballast.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.oci.client.ClientOptions;
import dev.ballast.oci.client.Credentials;
import dev.ballast.oci.client.DirectoryImage;
import dev.ballast.oci.client.ImageCopy;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.client.RegistryException;
import dev.ballast.oci.client.RemoteImage;
import dev.ballast.oci.client.RemoteRepository;
import dev.ballast.oci.registry.Access;
import dev.ballast.oci.registry.Htpasswd;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.oci.registry.ServerTls;
import dev.ballast.oci.registry.TokenAccess;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.testkit.Openssl;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** skopeo, umoci and Debian's docker-registry as the other ends, in both directions. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OtherEndsIT {
  private static final ImageCopy.Options ALL =
      new ImageCopy.Options(true, true, new Platform("linux", "amd64", ""));

  @TempDir private Path work;

  private static RemoteImage at(RegistryClient client, String name) {
    return RemoteImage.of(client, Reference.parse(name));
  }

  @Test
  void skopeo_copies_between_our_registry_and_theirs_both_ways() throws Exception {
    try (Ends ends = new Ends(work)) {
      DirectoryImage both = ends.twoPlatforms(3 << 20);
      Ends.Ours ours = ends.ours("ours");
      String theirs = ends.theirs("theirs", "");
      String layout = "oci:" + work.resolve("layout") + ":both";

      Ends.skopeo(
          "copy",
          "--all",
          "--dest-tls-verify=false",
          layout,
          "docker://" + ours.host() + "/a/image:1");
      Ends.skopeo(
          "copy",
          "--all",
          "--src-tls-verify=false",
          "--dest-tls-verify=false",
          "docker://" + ours.host() + "/a/image:1",
          "docker://" + theirs + "/b/image:2");
      Ends.skopeo(
          "copy",
          "--all",
          "--src-tls-verify=false",
          "--dest-tls-verify=false",
          "docker://" + theirs + "/b/image:2",
          "docker://" + ours.host() + "/c/image:3");

      String raw = new String(both.root().bytes(), java.nio.charset.StandardCharsets.UTF_8);
      for (String each :
          List.of(ours.host() + "/a/image:1", theirs + "/b/image:2", ours.host() + "/c/image:3")) {
        assertThat(Ends.skopeo("inspect", "--raw", "--tls-verify=false", "docker://" + each))
            .isEqualTo(raw);
      }
      assertThat(ours.store().repositoryNames().toString()).isEqualTo("[a/image, c/image]");
    }
  }

  @Test
  void our_client_copies_between_all_of_them() throws Exception {
    try (Ends ends = new Ends(work)) {
      DirectoryImage both = ends.twoPlatforms(3 << 20);
      Ends.Ours ours = ends.ours("ours");
      String theirs = ends.theirs("theirs", "");
      RegistryClient client = ends.client();

      var first = ImageCopy.run(client, both, at(client, theirs + "/b/image:2"), ALL, _ -> {});
      ImageCopy.run(
          client,
          at(client, theirs + "/b/image:2"),
          at(client, ours.host() + "/a/image:1"),
          ALL,
          _ -> {});
      ImageCopy.run(
          client,
          at(client, ours.host() + "/a/image:1"),
          at(client, theirs + "/d/image:4"),
          ALL,
          _ -> {});
      // Blobs are mounted from the other repository.
      ImageCopy.run(
          client,
          at(client, theirs + "/d/image:4"),
          at(client, theirs + "/e/image:5"),
          ALL,
          _ -> {});
      Path layout = work.resolve("back");
      ImageCopy.run(
          client,
          at(client, theirs + "/e/image:5"),
          DirectoryImage.of(layout, DirectoryImage.Kind.OCI, "back"),
          ALL,
          _ -> {});
      Path dir = work.resolve("dir");
      ImageCopy.run(
          client,
          at(client, ours.host() + "/a/image:1"),
          DirectoryImage.of(dir, DirectoryImage.Kind.DIR, ""),
          new ImageCopy.Options(false, false, new Platform("linux", "arm64", "")),
          _ -> {});

      assertThat(first.digest()).isEqualTo(both.root().descriptor().digest());
      String raw = new String(both.root().bytes(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(Ends.skopeo("inspect", "--raw", "oci:" + layout + ":back")).isEqualTo(raw);
      Ends.skopeo("copy", "dir:" + dir, "oci:" + work.resolve("arm") + ":x");
      Ran.ok(
          ReferenceProgram.required("umoci").toString(),
          "unpack",
          "--rootless",
          "--image",
          work.resolve("arm") + ":x",
          work.resolve("bundle").toString());
      assertThat(work.resolve("bundle/rootfs/content"))
          .hasSameBinaryContentAs(work.resolve("content-arm64"));
    }
  }

  @Test
  void what_is_about_an_image_is_found_in_registries_with_and_without_the_api() throws Exception {
    try (Ends ends = new Ends(work)) {
      DirectoryImage both = ends.twoPlatforms(1 << 10);
      String theirs = ends.theirs("theirs", "");
      String ours = ends.ours("ours").host();
      RegistryClient client = ends.client();
      ImageCopy.run(client, both, at(client, theirs + "/image:1"), ALL, _ -> {});
      RemoteRepository there = client.repository(Reference.parse(theirs + "/image"));
      Digest subject = both.root().descriptor().digest();
      byte[] config = "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
      Descriptor empty =
          Descriptor.of("application/vnd.oci.empty.v1+json", Digest.of(config), config.length);
      there.push(
          empty,
          (dev.ballast.oci.client.BlobSource.Stream)
              offset -> new java.io.ByteArrayInputStream(config),
          Optional.empty());
      for (String type : List.of("signature", "sbom")) {
        there.put(
            dev.ballast.oci.client.FetchedManifest.of(
                """
                {"schemaVersion":2,"mediaType":"%s","artifactType":"application/%s",
                 "config":%s,"layers":[%s],"subject":%s}
                """
                    .formatted(
                        MediaTypes.OCI_MANIFEST,
                        type,
                        empty.toJson(),
                        empty.toJson(),
                        both.root().descriptor().toJson())
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                MediaTypes.OCI_MANIFEST),
            type);
      }

      ImageCopy.run(
          client, at(client, theirs + "/image:1"), at(client, ours + "/image:1"), ALL, _ -> {});

      RemoteRepository here = client.repository(Reference.parse(ours + "/image"));
      for (RemoteRepository each : List.of(there, here)) {
        assertThat(each.referrers(subject, "")).hasSize(2);
        assertThat(each.referrers(subject, "application/sbom"))
            .singleElement()
            .satisfies(found -> assertThat(found.artifactType()).isEqualTo("application/sbom"));
      }
      assertThat(there.tags()).contains("sha256-" + subject.hex());
      assertThat(here.tags()).doesNotContain("sha256-" + subject.hex());
    }
  }

  private Path htpasswd() throws Exception {
    Path file = work.resolve("htpasswd");
    Ran.ok(
        ReferenceProgram.required("htpasswd").toString(), "-Bbc", file.toString(), "ann", "s3cret");
    return file;
  }

  private static ClientOptions as(String user, String password) {
    return Ends.options().withCredentials(_ -> new Credentials.Basic(user, password));
  }

  @Test
  void users_of_htpasswd_get_in_at_both_and_others_do_not() throws Exception {
    try (Ends ends = new Ends(work)) {
      DirectoryImage both = ends.twoPlatforms(1 << 10);
      Path users = htpasswd();
      String ours =
          ends.ours(
                  "ours",
                  RegistryOptions.open().withAccess(Access.basic(Htpasswd.of(users), false)))
              .host();
      String theirs =
          ends.theirs("theirs", "auth: {htpasswd: {realm: theirs, path: %s}}".formatted(users));
      RegistryClient ann = ends.client(as("ann", "s3cret"));
      for (String host : List.of(ours, theirs)) {
        ImageCopy.run(ann, both, at(ann, host + "/image:1"), ALL, _ -> {});
        assertThat(
                Ends.skopeo(
                    "inspect",
                    "--raw",
                    "--tls-verify=false",
                    "--creds",
                    "ann:s3cret",
                    "docker://" + host + "/image:1"))
            .contains("arm64");
        for (ClientOptions wrong :
            List.of(as("ann", "wrong"), as("bob", "s3cret"), Ends.options())) {
          RegistryClient other = ends.client(wrong);
          assertThatThrownBy(() -> at(other, host + "/image:1").root())
              .isInstanceOf(RegistryException.class)
              .hasMessageContaining("401")
              .hasMessageNotContaining("s3cret");
        }
      }
    }
  }

  @Test
  void a_token_of_ours_is_good_at_both() throws Exception {
    try (Ends ends = new Ends(work)) {
      DirectoryImage both = ends.twoPlatforms(1 << 10);
      Openssl.ok(
          work,
          "req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.crt -days 2 -subj /CN=t");
      TokenAccess.Options options = new TokenAccess.Options("", "registries", "ballast", false);
      String ours =
          ends.ours(
                  "ours",
                  RegistryOptions.open()
                      .withAccess(
                          TokenAccess.signing(
                              options,
                              Htpasswd.of(htpasswd()),
                              PrivateKeys.read(work.resolve("token.key")),
                              Certificates.read(work.resolve("token.crt")),
                              InstantSource.system())))
              .host();
      String theirs =
          ends.theirs(
              "theirs",
              """
              auth:
                token:
                  realm: http://%s/token
                  service: registries
                  issuer: ballast
                  rootcertbundle: %s
              """
                  .formatted(ours, work.resolve("token.crt")));
      RegistryClient ann = ends.client(as("ann", "s3cret"));
      for (String host : List.of(ours, theirs)) {
        ImageCopy.run(ann, both, at(ann, host + "/x/image:1"), ALL, _ -> {});
        ImageCopy.run(
            ann, at(ann, host + "/x/image:1"), at(ann, host + "/y/image:1"), ALL, _ -> {});
        Ends.skopeo(
            "copy",
            "--all",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--src-creds",
            "ann:s3cret",
            "--dest-creds",
            "ann:s3cret",
            "docker://" + host + "/y/image:1",
            "docker://" + host + "/z/image:1");
        RegistryClient other = ends.client(as("ann", "wrong"));
        assertThatThrownBy(() -> at(other, host + "/x/image:1").root())
            .isInstanceOf(RegistryException.class)
            .hasMessageContaining("401");
        RegistryClient nobody = ends.client();
        assertThatThrownBy(() -> at(nobody, host + "/x/image:1").root())
            .isInstanceOf(RegistryException.class)
            .hasMessageContaining("401");
      }
    }
  }

  @Test
  void under_TLS_a_custom_authority_is_trusted_and_no_other() throws Exception {
    try (Ends ends = new Ends(work)) {
      DirectoryImage both = ends.twoPlatforms(2 << 20);
      Openssl.ok(
          work,
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key"
              + " -out tls.crt -days 2 -subj /CN=registry -addext subjectAltName=IP:127.0.0.1");
      Supplier<SSLContext> tls = ServerTls.of(work.resolve("tls.crt"), work.resolve("tls.key"));
      RegistryOptions options = RegistryOptions.open();
      String ours = ends.ours("ours", options.withHttp(options.http().withTls(tls))).host();
      RegistryClient trusting =
          ends.client(
              Ends.options()
                  .withVerifiesTls(true)
                  .withAuthorities(List.of(work.resolve("tls.crt"))));
      RegistryClient strict = ends.client(Ends.options().withVerifiesTls(true));

      ImageCopy.run(trusting, both, at(trusting, ours + "/image:1"), ALL, _ -> {});

      Path certificates = Files.createDirectory(work.resolve("certs.d"));
      Files.copy(work.resolve("tls.crt"), certificates.resolve("ca.crt"));
      Ends.skopeo(
          "copy",
          "--all",
          "--src-cert-dir",
          certificates.toString(),
          "docker://" + ours + "/image:1",
          "oci:" + work.resolve("out") + ":x");
      assertThat(Ends.skopeo("inspect", "--raw", "oci:" + work.resolve("out") + ":x"))
          .contains("arm64");
      assertThatThrownBy(() -> at(strict, ours + "/image:1").root())
          .isInstanceOf(javax.net.ssl.SSLException.class);
    }
  }
}
