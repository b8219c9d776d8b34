package dev.ballast.objects;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The manifests of a directory, read again only where they changed. One thread at a time. */
final class ManifestFiles {
  /** More files than anybody keeps in one directory; the rest is reported. */
  private static final int FILE_COUNT_LIMIT = 10_000;

  /** The state of a file that tells whether it must be read again. */
  private record Fingerprint(long size, FileTime modified, Optional<Object> inode) {}

  private record Read(Fingerprint fingerprint, List<Stored> objects, List<Problem> problems) {}

  /** What the directory holds now. */
  record Content(List<Stored> objects, List<Problem> problems, boolean reachable) {}

  private final Path directory;
  private final Scheme scheme;
  private final Map<String, Read> byFile = new TreeMap<>();

  ManifestFiles(Path directory, Scheme scheme) {
    this.directory = directory;
    this.scheme = scheme;
  }

  /** What was read before, of a directory that cannot be read now. */
  Content unreachable(IOException reason) {
    return merge(
        List.of(
            new Problem(
                Problem.Severity.ERROR,
                new Origin(directory.toString(), 0, 0),
                "",
                "the directory cannot be read: " + reason(reason),
                "what it held before stays in force; bring it back")),
        false);
  }

  Content read(OpenDirectory open) throws IOException {
    List<Problem> own = new ArrayList<>();
    Set<String> found = new TreeSet<>();
    open.names().stream().filter(ManifestFiles::isManifest).forEach(found::add);
    byFile.keySet().retainAll(found);
    int count = 0;
    for (String name : found) {
      if (++count > FILE_COUNT_LIMIT) {
        own.add(
            new Problem(
                Problem.Severity.ERROR,
                new Origin(name, 0, 0),
                "",
                "more than " + FILE_COUNT_LIMIT + " files; this and later ones are not read",
                "merge files"));
        break;
      }
      refresh(open, name);
    }
    return merge(own, true);
  }

  private void refresh(OpenDirectory open, String name) {
    Read before = byFile.get(name);
    Fingerprint fingerprint;
    try {
      BasicFileAttributes attributes = open.attributes(name);
      if (!attributes.isRegularFile()) {
        return;
      }
      fingerprint =
          new Fingerprint(
              attributes.size(),
              attributes.lastModifiedTime(),
              Optional.ofNullable(attributes.fileKey()));
      if (before != null && before.fingerprint.equals(fingerprint)) {
        return;
      }
      if (attributes.size() > Decoder.FILE_LIMIT) {
        byFile.put(
            name,
            kept(
                before,
                fingerprint,
                "the file is larger than " + (Decoder.FILE_LIMIT >> 20) + " MiB"));
        return;
      }
      String text = open.readString(name, Decoder.FILE_LIMIT);
      if (text.isBlank() && before != null && !before.objects.isEmpty()) {
        // Most programs empty a file before they write it anew.
        byFile.put(name, kept(before, fingerprint, "the file is empty"));
        return;
      }
      Decoder.Decoded decoded = Decoder.decode(scheme, name, text);
      byFile.put(name, merged(before, fingerprint, decoded));
    } catch (NoSuchFileException _) {
      byFile.remove(name);
    } catch (CharacterCodingException _) {
      byFile.put(
          name,
          kept(
              before,
              new Fingerprint(-1, FileTime.fromMillis(0), Optional.empty()),
              "the file is not UTF-8 text"));
    } catch (IOException e) {
      byFile.put(
          name,
          kept(
              before,
              new Fingerprint(-1, FileTime.fromMillis(0), Optional.empty()),
              "cannot be read: " + reason(e)));
    }
  }

  /** A file that cannot be read at all: what it held before stays. */
  private static Read kept(@Nullable Read before, Fingerprint fingerprint, String problem) {
    String name = "";
    List<Stored> objects = before == null ? List.of() : before.objects;
    return new Read(
        fingerprint,
        objects,
        List.of(
            new Problem(
                Problem.Severity.ERROR,
                new Origin(name, 0, 0),
                "",
                problem,
                "what it held before stays in force; delete the file to remove its objects")));
  }

  /** Of broken documents the last good version stays. */
  private static Read merged(
      @Nullable Read before, Fingerprint fingerprint, Decoder.Decoded decoded) {
    List<Stored> objects = new ArrayList<>(decoded.objects());
    if (before != null) {
      for (Stored old : before.objects) {
        ObjectKey key = old.object().key();
        boolean lost = !decoded.readable() || decoded.broken().contains(key);
        if (lost && objects.stream().noneMatch(now -> now.object().key().equals(key))) {
          objects.add(old);
        }
      }
    }
    return new Read(fingerprint, objects, decoded.problems());
  }

  private Content merge(List<Problem> own, boolean reachable) {
    Map<ObjectKey, Stored> objects = new TreeMap<>();
    List<Problem> problems = new ArrayList<>(own);
    Map<String, Problem> unknownKinds = new LinkedHashMap<>();
    Map<ObjectKey, Origin> first = new HashMap<>();
    byFile.forEach((name, read) -> {
      for (Problem problem : read.problems) {
        Problem named =
            problem.origin().file().isEmpty()
                ? new Problem(
                    problem.severity(),
                    new Origin(name, 0, 0),
                    problem.path(),
                    problem.message(),
                    problem.remedy())
                : problem;
        if (named.path().equals("kind") && named.severity() == Problem.Severity.WARNING) {
          unknownKinds.putIfAbsent(named.message(), named);
        } else {
          problems.add(named);
        }
      }
      for (Stored stored : read.objects) {
        Origin other = first.putIfAbsent(stored.object().key(), stored.origin());
        if (other == null) {
          objects.put(stored.object().key(), stored);
        } else {
          problems.add(
              new Problem(
                  Problem.Severity.ERROR,
                  stored.origin(),
                  "metadata.name",
                  stored.object().key() + " is written in " + other + " already",
                  "the one in " + other + " counts; remove one"));
        }
      }
    });
    problems.addAll(unknownKinds.values());
    return new Content(List.copyOf(objects.values()), problems, reachable);
  }

  private static boolean isManifest(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "it does not exist";
      case AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
