package dev.ballast.objects;

import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads manifests: YAML, and JSON as the part of YAML that it is; several documents a file, lists
 * of objects. Pure; a broken document does not hide the others.
 */
public final class Decoder {
  /** Larger than any manifest that people write; a list of all services of a large cluster fits. */
  public static final int FILE_LIMIT = 16 << 20;

  /** As many values as a file of that size can reasonably hold; aliases count as often as used. */
  private static final int NODE_LIMIT = 4_000_000;

  private static final int DOCUMENT_LIMIT = 10_000;

  private final Scheme scheme;
  private final String file;
  private final List<Source> sources = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<ObjectKey> broken = new ArrayList<>();
  private int documents;

  private Decoder(Scheme scheme, String file) {
    this.scheme = scheme;
    this.file = file;
  }

  /** An object with the tree that it was read from. */
  record Source(Kind<?> kind, Node.Mapping tree, Stored stored) {}

  /**
   * What a file held.
   *
   * @param broken objects whose document could not be used, as far as their names could be read
   * @param readable false when the file is no YAML at all from some line on
   */
  public record Decoded(
      List<Source> sources, List<Problem> problems, List<ObjectKey> broken, boolean readable) {
    public Decoded {
      sources = List.copyOf(sources);
      problems = List.copyOf(problems);
      broken = List.copyOf(broken);
    }

    /** Returns the objects. */
    public List<Stored> objects() {
      return sources.stream().map(Source::stored).toList();
    }
  }

  /** Reads the text of a file. */
  public static Decoded decode(Scheme scheme, String file, String text) {
    Decoder decoder = new Decoder(scheme, file);
    Optional<YamlFailure> failure =
        Yaml.parse(file, text, NODE_LIMIT, document -> decoder.document(document.root()));
    failure.ifPresent(fault -> decoder.problems.add(syntax(file, fault)));
    return new Decoded(decoder.sources, decoder.problems, decoder.broken, failure.isEmpty());
  }

  /**
   * Reads an object of a known kind.
   *
   * @param name names the object in problems
   */
  public static Decoded decode(Kind<?> kind, String name, Map<String, ?> content) {
    Decoder decoder = new Decoder(Scheme.of(kind), name);
    decoder.object(kind, Yaml.mapping(content));
    return new Decoded(decoder.sources, decoder.problems, decoder.broken, true);
  }

  /** What a text inside an object held, and what is wrong with it. */
  public record Embedded<T>(T value, List<Problem> problems) {
    public Embedded {
      problems = List.copyOf(problems);
    }
  }

  /**
   * Reads a text that an object holds, one mapping of YAML.
   *
   * @param otherwise what an empty or unreadable text stands for
   */
  public static <T> Embedded<T> embedded(
      String file, String text, Function<Fields, T> read, T otherwise) {
    List<Node> roots = new ArrayList<>();
    Optional<YamlFailure> failure =
        Yaml.parse(file, text, NODE_LIMIT, document -> roots.add(document.root()));
    if (failure.isPresent()) {
      return new Embedded<>(otherwise, List.of(syntax(file, failure.get())));
    }
    if (roots.isEmpty() || !(roots.getFirst() instanceof Node.Mapping mapping)) {
      return new Embedded<>(otherwise, List.of());
    }
    Problems problems = new Problems(file);
    Fields fields = new Fields(mapping, "", problems);
    T value = read.apply(fields);
    fields.end();
    return new Embedded<>(problems.hasErrors() ? otherwise : value, problems.found());
  }

  private static Problem syntax(String file, YamlFailure fault) {
    return new Problem(
        Problem.Severity.ERROR,
        new Origin(file, fault.line(), fault.column()),
        "",
        "not readable as YAML: " + fault.problem().lines().findFirst().orElse(""),
        "mend the file; what it held before stays in force");
  }

  private void document(Node document) {
    if (++documents > DOCUMENT_LIMIT) {
      if (documents == DOCUMENT_LIMIT + 1) {
        problems.add(
            new Problem(
                Problem.Severity.ERROR,
                new Origin(file, document.position().line(), 0),
                "",
                "more than " + DOCUMENT_LIMIT + " documents; this and later ones are not read",
                "split the file"));
      }
      return;
    }
    item(document, 0);
  }

  private void item(Node document, int depth) {
    if (Fields.isNull(document)) {
      return;
    }
    Problems own = new Problems(file);
    if (!(document instanceof Node.Mapping mapping)) {
      own.error(document, "", "an object with apiVersion and kind is expected", "");
      problems.addAll(own.found());
      return;
    }
    String apiVersion = mapping.text("apiVersion").orElse("");
    String name = mapping.text("kind").orElse("");
    if (name.endsWith("List") && depth == 0) {
      mapping.items("items").forEach(item -> item(item, depth + 1));
      return;
    }
    if (name.isEmpty() || apiVersion.isEmpty()) {
      own.error(mapping, name.isEmpty() ? "kind" : "apiVersion", "is missing", "write it");
      problems.addAll(own.found());
      return;
    }
    Optional<Kind<?>> known = scheme.find(apiVersion, name);
    if (known.isPresent()) {
      object(known.get(), mapping);
      return;
    }
    Optional<String> version = scheme.named(name).map(Kind::apiVersion);
    own.warning(
        mapping,
        "kind",
        version.isPresent()
            ? name + " is not known in " + apiVersion
            : "kind " + name + " is not used here",
        version.map(other -> "write it in " + other).orElse("it is ignored"));
    problems.addAll(own.found());
  }

  private void object(Kind<?> kind, Node.Mapping mapping) {
    Problems own = new Problems(file);
    Fields fields = new Fields(mapping, "", own);
    KubernetesObject object = kind.decode(fields);
    fields.end();
    if (own.hasErrors()) {
      broken.add(object.key());
    } else {
      sources.add(
          new Source(
              kind, mapping, new Stored(object, own.origin(mapping), Places.of(mapping, own))));
    }
    problems.addAll(own.found());
  }
}
