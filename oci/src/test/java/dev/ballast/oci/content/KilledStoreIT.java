package dev.ballast.oci.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.Tag;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed on its way into each system call by which it changes a store. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KilledStoreIT {
  /** All of them take minutes. */
  private static final int STRIDE = Boolean.getBoolean("nightly") ? 1 : 9;

  private static final String CHANGES =
      "?write,?pwrite64,?ftruncate,?fsync,?fdatasync,?rename,?renameat,?renameat2,?unlink,"
          + "?unlinkat,?rmdir,?mkdir,?mkdirat,?utimensat,?openat,?open,?flock";

  private static final Pattern LINE = Pattern.compile("(\\d+) +(\\w+)\\((.*)");

  @TempDir private Path work;

  private record Call(String name, int number) {}

  private List<String> command(List<String> strace, Path store) {
    List<String> command = new ArrayList<>(List.of(ReferenceProgram.required("strace").toString()));
    command.addAll(strace);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Pushing.class.getName(),
            store.toString()));
    return command;
  }

  /** The calls that change the store, by the thread that makes them all. */
  private List<Call> calls() throws Exception {
    Path log = work.resolve("log");
    Path store = work.resolve("whole");
    Ran ran =
        Ran.of(
            work,
            Map.of(),
            command(List.of("-f", "-qq", "-o", log.toString(), "-e", "trace=" + CHANGES), store),
            "");
    Assumptions.assumeFalse(
        ran.output().contains("PTRACE") && ran.exitCode() != 0,
        "this kernel lets strace trace nothing");
    assertThat(ran.orFail()).isEmpty();
    Map<String, Integer> numbers = new HashMap<>();
    List<Call> calls = new ArrayList<>();
    boolean begun = false;
    String thread = "";
    for (String line : Files.readAllLines(log)) {
      Matcher call = LINE.matcher(line);
      if (!call.matches()) {
        continue;
      }
      String which = call.group(1);
      int number = numbers.merge(which + call.group(2), 1, Integer::sum);
      if (call.group(3).contains(store.toString()) && !begun) {
        begun = true;
        thread = which;
      }
      if (begun && which.equals(thread) && !call.group(2).startsWith("open")) {
        calls.add(new Call(call.group(2), number));
      }
    }
    return calls;
  }

  @Test
  void leaves_a_store_that_is_right() throws Exception {
    List<Call> calls = calls();
    assertThat(calls).hasSizeGreaterThan(60);
    int killed = 0;
    for (int i = 0; i < calls.size(); i += STRIDE) {
      Call call = calls.get(i);
      Path root = work.resolve("store-" + i);
      Ran ran =
          Ran.of(
              work,
              Map.of(),
              command(
                  List.of(
                      "-f",
                      "-qq",
                      "-o",
                      "/dev/null",
                      "-e",
                      "trace=" + call.name(),
                      "-e",
                      "inject=" + call.name() + ":signal=KILL:when=" + call.number()),
                  root),
              "");
      killed += ran.exitCode() == 137 ? 1 : 0;
      ContentStore store = ContentStore.open(root);
      check(store, "after " + call);

      // Repeated to its end, it is as if nothing had been.
      Pushing.main(new String[] {root.toString()});
      check(store, "repeated after " + call);
      assertThat(store.repository(Pushing.NAME).tags()).containsExactly(new Tag("latest"));
    }
    // Other threads of a JVM write too, so that the count is not exact for each.
    assertThat(killed).isGreaterThan(calls.size() / STRIDE / 2);
  }

  /** What is there under a digest is that; what is named is whole. */
  static void check(ContentStore store, String when) throws IOException {
    for (Path algorithm : Repository.entries(store.root().resolve("blobs"))) {
      for (Path group : Repository.entries(algorithm)) {
        for (Path file : Repository.entries(group)) {
          byte[] bytes = Files.readAllBytes(file);
          assertThat(Digest.of(DigestAlgorithm.SHA256, bytes, bytes.length).hex())
              .as(when)
              .isEqualTo(String.valueOf(file.getFileName()));
        }
      }
    }
    for (var name : store.repositoryNames()) {
      Repository repository = store.repository(name);
      for (Digest digest : Repository.digests(repository.manifestLinks())) {
        Optional<byte[]> bytes = store.read(digest, Manifest.LARGEST);
        assertThat(bytes).as(when).isPresent();
        for (Descriptor blob : Manifest.read(bytes.get(), "").blobs()) {
          assertThat(repository.hasBlob(blob.digest())).as(when).isTrue();
        }
      }
      for (Tag tag : repository.tags()) {
        assertThat(repository.manifest(tag)).as(when).isPresent();
      }
      for (Digest digest : Repository.digests(repository.referrerLinks())) {
        repository.referrers(digest).forEach(found -> assertThat(found.has("digest")).isTrue());
      }
    }
  }
}
