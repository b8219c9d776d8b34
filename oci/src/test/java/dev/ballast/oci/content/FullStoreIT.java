package dev.ballast.oci.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Ends;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.client.BlobSource;
import dev.ballast.oci.client.RegistryException;
import dev.ballast.oci.client.RemoteRepository;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.testkit.Ran;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FullStoreIT {
  @TempDir private Path work;

  @Test
  void a_full_disk_is_said_clearly_and_loses_nothing() throws Exception {
    Path disk = Files.createDirectory(work.resolve("disk"));
    Ran mounted = Ran.of("mount", "-t", "tmpfs", "-o", "size=4m", "small", disk.toString());
    Assumptions.assumeTrue(mounted.exitCode() == 0, "nothing can be mounted here");
    try (Ends ends = new Ends(work)) {
      ContentStore store = ContentStore.open(disk);
      Ends.Ours ours = ends.ours(disk, store, RegistryOptions.open());
      RemoteRepository repository =
          ends.client(Ends.options().withAttempts(1)).repository(ours.host(), Pushing.NAME);
      Digest image = Pushing.image(store, 1, "kept", Optional.empty());
      byte[] content = Pushing.content(9, 6 << 20);
      Descriptor blob = Descriptor.of(MediaTypes.BYTES, Digest.of(content), content.length);

      assertThatThrownBy(() ->
              repository.push(
                  blob,
                  (BlobSource.Stream)
                      offset ->
                          new ByteArrayInputStream(
                              content, (int) offset, content.length - (int) offset),
                  Optional.empty()))
          .isInstanceOfSatisfying(
              RegistryException.class, e -> assertThat(e.status()).isEqualTo(507))
          .hasMessageContaining("is full")
          .hasMessageContaining("nothing was lost");

      KilledStoreIT.check(store, "full");
      assertThat(repository.manifest("kept").orElseThrow().descriptor().digest()).isEqualTo(image);
      // With room again, pushes go on: the upload that filled the disk is given up.
      for (Path upload : Repository.entries(store.repository(Pushing.NAME).uploads())) {
        new Uploads(store).cancel(Pushing.NAME, String.valueOf(upload.getFileName()));
      }
      Pushing.image(store, 2, "later", Optional.empty());
      assertThat(repository.tags()).containsExactly("kept", "later");
    } finally {
      Ran.ok("umount", "-l", disk.toString());
    }
  }
}
