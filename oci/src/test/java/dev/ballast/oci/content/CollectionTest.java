package dev.ballast.oci.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.concurrency.Scheduler;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.Tag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CollectionTest {
  @TempDir private Path root;
  private ContentStore store;

  @BeforeEach
  void open() throws IOException {
    store = ContentStore.open(root);
  }

  private static Collection.Options options(Duration grace, boolean untagged) {
    return new Collection.Options(grace, Collection.ABANDONED, untagged, false);
  }

  private Collection.Result collect(Duration grace, boolean untagged) throws IOException {
    return Collection.run(store, options(grace, untagged), Instant.now().plusSeconds(1));
  }

  @Test
  void what_a_tag_reaches_stays_and_the_rest_goes() throws Exception {
    Digest tagged = Pushing.image(store, 1, "kept", Optional.empty());
    Descriptor subject = Descriptor.of(MediaTypes.OCI_MANIFEST, tagged, 10);
    Digest signature = Pushing.image(store, 2, "", Optional.of(subject));
    Digest untagged = Pushing.image(store, 3, "", Optional.empty());
    Repository repository = store.repository(Pushing.NAME);
    Descriptor orphan = Pushing.blob(repository, store, Pushing.content(4, 100));

    Collection.Result first = collect(Duration.ZERO, false);
    assertThat(first.content()).containsExactly(orphan.digest());
    assertThat(repository.manifest(untagged)).isPresent();

    Collection.Result second = collect(Duration.ZERO, true);
    assertThat(second.content()).hasSize(3).contains(untagged);
    assertThat(second.bytes()).isGreaterThan(20_000);
    assertThat(repository.manifest(tagged)).isPresent();
    assertThat(repository.manifest(signature)).isPresent();
    assertThat(repository.referrers(tagged)).hasSize(1);
    KilledStoreIT.check(store, "collected");
  }

  @Test
  void what_is_young_or_claimed_stays() throws Exception {
    Repository repository = store.repository(Pushing.NAME);
    Descriptor young = Pushing.blob(repository, store, Pushing.content(1, 100));
    assertThat(collect(Duration.ofHours(1), true).content()).isEmpty();
    for (Path file :
        List.of(
            store.path(young.digest()), Repository.of(repository.blobLinks(), young.digest()))) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    }

    // A client asks whether it is there, and will not push it.
    assertThat(repository.claimBlob(young.digest())).hasValue(100);

    assertThat(collect(Duration.ofHours(1), true).content()).isEmpty();
    assertThat(repository.hasBlob(young.digest())).isTrue();
    assertThat(collect(Duration.ZERO, true).content()).containsExactly(young.digest());
  }

  @Test
  void a_reader_keeps_what_it_has_opened() throws Exception {
    Repository repository = store.repository(Pushing.NAME);
    byte[] content = Pushing.content(1, 100_000);
    Digest digest = Pushing.blob(repository, store, content).digest();
    try (FileChannel reader = store.find(digest).orElseThrow()) {
      assertThat(collect(Duration.ZERO, true).content()).containsExactly(digest);

      ByteBuffer read = ByteBuffer.allocate(content.length);
      while (read.hasRemaining() && reader.read(read) >= 0) {
        continue;
      }
      assertThat(read.array()).isEqualTo(content);
    }
  }

  @Test
  void nothing_is_removed_when_a_manifest_cannot_be_read() throws Exception {
    Digest image = Pushing.image(store, 1, "kept", Optional.empty());
    Pushing.blob(store.repository(Pushing.NAME), store, Pushing.content(4, 100));
    Files.writeString(store.path(image), "{");

    assertThatThrownBy(() -> collect(Duration.ZERO, true))
        .hasMessageContaining("nothing was removed")
        .hasMessageContaining(image.toString());
    assertThat(store.has(Digest.of(Pushing.content(4, 100)))).isTrue();
  }

  @Test
  void pushes_and_collections_at_once_lose_nothing() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (Scheduler scheduler = Scheduler.start("collection", 2)) {
      FutureTask<Integer> collecting =
          scheduler.submit(() -> {
            int rounds = 0;
            while (!over.get()) {
              // Another process as far as locks go: a store of its own.
              Collection.run(
                  ContentStore.open(root), options(Duration.ofSeconds(5), false), Instant.now());
              rounds++;
            }
            return rounds;
          });
      List<FutureTask<Boolean>> pushing = new ArrayList<>();
      for (int writer = 0; writer < 3; writer++) {
        int base = writer * 10_000;
        pushing.add(
            scheduler.submit(() -> {
              for (int i = 0; i < 15; i++) {
                Digest digest =
                    Pushing.image(store, base + i, "w" + base + "-" + i, Optional.empty());
                if (i % 3 == 0) {
                  store.repository(Pushing.NAME).delete(digest);
                }
              }
              return true;
            }));
      }
      for (FutureTask<Boolean> each : pushing) {
        assertThat(each.get()).isTrue();
      }
      over.set(true);
      assertThat(collecting.get()).isPositive();
    }
    KilledStoreIT.check(store, "after pushes and collections");
    assertThat(store.repository(Pushing.NAME).tags()).hasSize(30).contains(new Tag("w10000-1"));
  }

  @Test
  void a_quota_is_a_clear_error_and_room_comes_back() throws Exception {
    ContentStore small = ContentStore.open(root.resolve("small"), 50_000);
    Repository repository = small.repository(Pushing.NAME);
    Pushing.blob(repository, small, Pushing.content(1, 40_000));

    assertThatThrownBy(() -> Pushing.blob(repository, small, Pushing.content(2, 20_000)))
        .isInstanceOfSatisfying(
            ContentException.class,
            e -> assertThat(e.reason()).isEqualTo(ContentException.Reason.QUOTA))
        .hasMessageContaining("50000 bytes")
        .hasMessageContaining("--quota");

    Collection.run(small, options(Duration.ZERO, false), Instant.now().plusSeconds(1));
    Pushing.blob(repository, small, Pushing.content(2, 20_000));
  }
}
