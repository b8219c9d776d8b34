package dev.ballast.objects;

import dev.ballast.objects.Decoder.Decoded;
import dev.ballast.objects.Decoder.Source;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The manifests of a directory, read again only where they changed. One thread at a time.
 *
 * <p>A file that is written in place may be seen half written. One that shrinks, ends without a
 * line break or cannot be parsed is taken once it has been left alone for a moment; one that lacks
 * objects that it had is taken after a longer one. A file that was renamed into place is whole.
 */
final class ManifestFiles {
  /** More files than anybody keeps in one directory; the rest is reported. */
  private static final int FILE_COUNT_LIMIT = 20_000;

  static final Duration QUIET = Duration.ofMillis(500);
  static final Duration GRACE = Duration.ofSeconds(5);

  /** The state of a file that tells whether it must be read again. */
  private record Fingerprint(long size, FileTime modified, Optional<Object> inode) {
    private static final Fingerprint NONE =
        new Fingerprint(-1, FileTime.fromMillis(0), Optional.empty());
  }

  /**
   * What was read of a file.
   *
   * @param fingerprint of the file that need not be read again
   * @param inode of the file that was read last
   */
  private record Read(
      Fingerprint fingerprint,
      Optional<Object> inode,
      long size,
      List<Source> sources,
      List<Problem> problems) {
    Read with(List<Source> more) {
      List<Source> all = new ArrayList<>(sources);
      all.addAll(more);
      return new Read(Fingerprint.NONE, inode, size, all, problems);
    }
  }

  /** A file that is being written. */
  private record Unsettled(Fingerprint fingerprint, long since, long until) {}

  private final Scheme scheme;
  private final LongSupplier nanoTime;
  private final Map<String, Read> byFile = new TreeMap<>();
  private final Map<String, Unsettled> unsettled = new HashMap<>();

  /** The files that have an object, the first of which counts. */
  private final Map<ObjectKey, TreeMap<String, Source>> byKey = new HashMap<>();

  private final Set<ObjectKey> twice = new TreeSet<>();
  private final Set<String> faulty = new TreeSet<>();
  private boolean tooMany;

  ManifestFiles(Scheme scheme, LongSupplier nanoTime) {
    this.scheme = scheme;
    this.nanoTime = nanoTime;
  }

  /** Returns what a manifest says of an object. */
  Optional<Source> find(ObjectKey key) {
    return Optional.ofNullable(byKey.get(key)).map(files -> files.firstEntry().getValue());
  }

  /** Returns all objects that manifests have. */
  Set<ObjectKey> keys() {
    return byKey.keySet();
  }

  /** Returns when files that are being written should be looked at again, as a nano time. */
  OptionalLong due() {
    return unsettled.values().stream().mapToLong(Unsettled::until).min();
  }

  /** Returns the files that should be looked at again now. */
  Set<String> dueNow() {
    long now = nanoTime.getAsLong();
    Set<String> names = new HashSet<>();
    unsettled.forEach((name, each) -> {
      if (each.until - now <= 0) {
        names.add(name);
      }
    });
    return names;
  }

  /** Reads the files that changed; returns the objects that may be other ones now. */
  Set<ObjectKey> readAll(OpenDirectory open) throws IOException {
    Set<String> found = new TreeSet<>();
    open.names().stream().filter(ManifestFiles::isManifest).forEach(found::add);
    Set<ObjectKey> touched = new HashSet<>();
    for (String name : Set.copyOf(byFile.keySet())) {
      if (!found.contains(name)) {
        forget(name, touched);
      }
    }
    unsettled.keySet().retainAll(found);
    tooMany = found.size() > FILE_COUNT_LIMIT;
    int count = 0;
    for (String name : found) {
      if (++count > FILE_COUNT_LIMIT) {
        break;
      }
      refresh(open, name, touched);
    }
    return touched;
  }

  /** Reads some files. */
  Set<ObjectKey> read(OpenDirectory open, Set<String> names) {
    Set<ObjectKey> touched = new HashSet<>();
    for (String name : names) {
      if (isManifest(name) && (byFile.containsKey(name) || byFile.size() < FILE_COUNT_LIMIT)) {
        refresh(open, name, touched);
      }
    }
    return touched;
  }

  private void refresh(OpenDirectory open, String name, Set<ObjectKey> touched) {
    Read before = byFile.get(name);
    try {
      BasicFileAttributes attributes = open.attributes(name);
      if (!attributes.isRegularFile()) {
        return;
      }
      Fingerprint fingerprint =
          new Fingerprint(
              attributes.size(),
              attributes.lastModifiedTime(),
              Optional.ofNullable(attributes.fileKey()));
      if (before != null && before.fingerprint.equals(fingerprint)) {
        unsettled.remove(name);
        return;
      }
      if (attributes.size() > Decoder.FILE_LIMIT) {
        String problem = "the file is larger than " + (Decoder.FILE_LIMIT >> 20) + " MiB";
        put(name, kept(before, fingerprint, problem), touched);
        return;
      }
      String text = open.readString(name, Decoder.FILE_LIMIT);
      boolean empty = text.isBlank() && before != null && !before.sources.isEmpty();
      Decoded decoded = Decoder.decode(scheme, name, text);
      boolean inPlace = isInPlace(before, fingerprint);
      if (inPlace && isStillWritten(name, fingerprint, before, decoded, text)) {
        return;
      }
      if (empty) {
        // Most programs empty a file before they write it again.
        put(name, kept(before, fingerprint, "the file is empty"), touched);
        return;
      }
      List<Source> lost = inPlace ? lost(before, decoded) : List.of();
      Unsettled writing = unsettled.get(name);
      if (!lost.isEmpty() && !isDue(name, fingerprint, GRACE)) {
        put(name, merged(before, fingerprint, decoded).with(lost), touched);
        if (writing != null) {
          unsettled.put(
              name, new Unsettled(fingerprint, writing.since, writing.since + GRACE.toNanos()));
        }
        return;
      }
      put(name, merged(before, fingerprint, decoded), touched);
    } catch (NoSuchFileException _) {
      forget(name, touched);
    } catch (CharacterCodingException _) {
      put(name, kept(before, Fingerprint.NONE, "the file is not UTF-8 text"), touched);
    } catch (IOException e) {
      put(name, kept(before, Fingerprint.NONE, "cannot be read: " + reason(e)), touched);
    }
  }

  private static boolean isInPlace(@Nullable Read before, Fingerprint fingerprint) {
    return before == null || before.inode.isEmpty() || before.inode.equals(fingerprint.inode());
  }

  /** Returns whether a file that was not renamed into place should be left alone for now. */
  private boolean isStillWritten(
      String name, Fingerprint fingerprint, @Nullable Read before, Decoded decoded, String text) {
    boolean whole = decoded.readable() && text.endsWith("\n");
    // What is there at the start was not seen to change.
    boolean trusted =
        before == null
            ? decoded.readable()
            : whole && fingerprint.size() >= before.size && lost(before, decoded).isEmpty();
    return !trusted && !isDue(name, fingerprint, QUIET);
  }

  /** Returns whether a file has been as it is for so long; if not, it is looked at again then. */
  private boolean isDue(String name, Fingerprint fingerprint, Duration wait) {
    long now = nanoTime.getAsLong();
    Unsettled known = unsettled.get(name);
    long since = known != null && known.fingerprint.equals(fingerprint) ? known.since : now;
    unsettled.put(name, new Unsettled(fingerprint, since, since + wait.toNanos()));
    return now - since >= wait.toNanos();
  }

  /** Returns what a file had and has not any more. */
  private static List<Source> lost(@Nullable Read before, Decoded decoded) {
    if (before == null || !decoded.readable()) {
      // Of one that cannot be read, all that it had stays anyway.
      return List.of();
    }
    Set<ObjectKey> now = new HashSet<>(decoded.broken());
    decoded.sources().forEach(source -> now.add(source.stored().object().key()));
    return before.sources.stream()
        .filter(old -> !now.contains(old.stored().object().key()))
        .toList();
  }

  private void put(String name, Read read, Set<ObjectKey> touched) {
    forget(name, touched);
    byFile.put(name, read);
    if (!read.problems.isEmpty()) {
      faulty.add(name);
    }
    for (Source source : read.sources) {
      ObjectKey key = source.stored().object().key();
      TreeMap<String, Source> files = byKey.computeIfAbsent(key, _ -> new TreeMap<>());
      Source other = files.putIfAbsent(name, source);
      if (other != null || files.size() > 1) {
        twice.add(key);
      }
      touched.add(key);
    }
  }

  private void forget(String name, Set<ObjectKey> touched) {
    unsettled.remove(name);
    faulty.remove(name);
    Read before = byFile.remove(name);
    if (before == null) {
      return;
    }
    for (Source source : before.sources) {
      ObjectKey key = source.stored().object().key();
      TreeMap<String, Source> files = byKey.get(key);
      if (files != null) {
        files.remove(name);
        if (files.isEmpty()) {
          byKey.remove(key);
        }
      }
      touched.add(key);
    }
  }

  /** A file that cannot be read at all: what it held before stays. */
  private static Read kept(@Nullable Read before, Fingerprint fingerprint, String problem) {
    return new Read(
        fingerprint,
        fingerprint.inode(),
        fingerprint.size(),
        before == null ? List.of() : before.sources,
        List.of(
            new Problem(
                Problem.Severity.ERROR,
                new Origin("", 0, 0),
                "",
                problem,
                "what it held before stays in force; delete the file to remove its objects")));
  }

  /** Of broken documents the last good version stays. */
  private static Read merged(@Nullable Read before, Fingerprint fingerprint, Decoded decoded) {
    List<Source> sources = new ArrayList<>(decoded.sources());
    if (before != null && (!decoded.readable() || !decoded.broken().isEmpty())) {
      Set<ObjectKey> now = new HashSet<>();
      sources.forEach(source -> now.add(source.stored().object().key()));
      for (Source old : before.sources) {
        ObjectKey key = old.stored().object().key();
        if ((!decoded.readable() || decoded.broken().contains(key)) && now.add(key)) {
          sources.add(old);
        }
      }
    }
    return new Read(
        fingerprint, fingerprint.inode(), fingerprint.size(), sources, decoded.problems());
  }

  /** Returns what is wrong in the manifests. */
  List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    Map<String, Problem> unknownKinds = new LinkedHashMap<>();
    if (tooMany) {
      problems.add(
          new Problem(
              Problem.Severity.ERROR,
              new Origin("", 0, 0),
              "",
              "more than " + FILE_COUNT_LIMIT + " files; the later ones are not read",
              "merge files"));
    }
    for (String name : faulty) {
      for (Problem problem : known(name).problems) {
        Problem named = problem.in(name);
        if (named.path().equals("kind") && named.severity() == Problem.Severity.WARNING) {
          unknownKinds.putIfAbsent(named.message(), named);
        } else {
          problems.add(named);
        }
      }
    }
    twice.removeIf(key -> duplicates(key).isEmpty());
    twice.forEach(key -> problems.addAll(duplicates(key)));
    problems.addAll(unknownKinds.values());
    return problems;
  }

  private Read known(String name) {
    return Objects.requireNonNull(byFile.get(name), name);
  }

  private List<Problem> duplicates(ObjectKey key) {
    TreeMap<String, Source> files = byKey.get(key);
    if (files == null) {
      return List.of();
    }
    Origin first = files.firstEntry().getValue().stored().origin();
    List<Problem> problems = new ArrayList<>();
    for (String name : files.keySet()) {
      for (Source source : known(name).sources) {
        if (source.stored().object().key().equals(key) && !source.stored().origin().equals(first)) {
          problems.add(
              new Problem(
                  Problem.Severity.ERROR,
                  source.stored().origin(),
                  "metadata.name",
                  key + " is written in " + first + " already",
                  "the one in " + first + " counts; remove one"));
        }
      }
    }
    return problems;
  }

  private static boolean isManifest(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "it does not exist";
      case AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
