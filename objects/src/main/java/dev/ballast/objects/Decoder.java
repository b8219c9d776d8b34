package dev.ballast.objects;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Reads manifests: YAML, and JSON as the part of YAML that it is; several documents a file, lists
 * of objects. Pure; a broken document does not hide the others.
 */
public final class Decoder {
  /** Larger than any manifest that people write; a list of all services of a large cluster fits. */
  public static final int FILE_LIMIT = 16 << 20;

  private static final int DEPTH_LIMIT = 40;

  /** Aliases stand for nodes; more than this is an attack or an accident. */
  private static final int ALIAS_LIMIT = 50;

  private static final int DOCUMENT_LIMIT = 10_000;

  private Decoder() {}

  /**
   * What a file held.
   *
   * @param broken objects whose document could not be used, as far as their names could be read
   * @param readable false when the file is no YAML at all from some line on
   */
  public record Decoded(
      List<Stored> objects, List<Problem> problems, List<ObjectKey> broken, boolean readable) {}

  /** Reads the text of a file. */
  public static Decoded decode(Scheme scheme, String file, String text) {
    List<Stored> objects = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    List<ObjectKey> broken = new ArrayList<>();
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(FILE_LIMIT);
    options.setNestingDepthLimit(DEPTH_LIMIT);
    options.setMaxAliasesForCollections(ALIAS_LIMIT);
    try {
      int count = 0;
      for (Node document :
          new Yaml(new SafeConstructor(options)).composeAll(new StringReader(text))) {
        if (++count > DOCUMENT_LIMIT) {
          throw new YAMLException("more than " + DOCUMENT_LIMIT + " documents");
        }
        document(scheme, file, document, objects, problems, broken, 0);
      }
      return new Decoded(objects, problems, broken, true);
    } catch (MarkedYAMLException e) {
      var mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
      problems.add(
          syntax(
              mark == null
                  ? new Origin(file, 0, 0)
                  : new Origin(file, mark.getLine() + 1, mark.getColumn() + 1),
              String.valueOf(e.getProblem())));
    } catch (YAMLException | StackOverflowError e) {
      problems.add(syntax(new Origin(file, 0, 0), String.valueOf(e.getMessage())));
    }
    return new Decoded(objects, problems, broken, false);
  }

  /** What a text inside an object held, and what is wrong with it. */
  public record Embedded<T>(T value, List<Problem> problems) {}

  /**
   * Reads a text that an object holds, one mapping of YAML.
   *
   * @param otherwise what an empty or unreadable text stands for
   */
  public static <T> Embedded<T> embedded(
      String file, String text, Function<Fields, T> read, T otherwise) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(FILE_LIMIT);
    options.setNestingDepthLimit(DEPTH_LIMIT);
    options.setMaxAliasesForCollections(ALIAS_LIMIT);
    try {
      if (!(new Yaml(new SafeConstructor(options)).compose(new StringReader(text))
          instanceof MappingNode mapping)) {
        return new Embedded<>(otherwise, List.of());
      }
      Problems problems = new Problems(file);
      Fields fields = new Fields(mapping, "", problems);
      T value = read.apply(fields);
      fields.end();
      return new Embedded<>(problems.hasErrors() ? otherwise : value, problems.found());
    } catch (YAMLException | StackOverflowError e) {
      return new Embedded<>(
          otherwise, List.of(syntax(new Origin(file, 0, 0), String.valueOf(e.getMessage()))));
    }
  }

  private static Problem syntax(Origin origin, String what) {
    return new Problem(
        Problem.Severity.ERROR,
        origin,
        "",
        "not readable as YAML: " + what.lines().findFirst().orElse(""),
        "mend the file; what it held before stays in force");
  }

  private static void document(
      Scheme scheme,
      String file,
      Node document,
      List<Stored> objects,
      List<Problem> found,
      List<ObjectKey> broken,
      int depth) {
    Problems problems = new Problems(file);
    if (Fields.isNull(document)) {
      return;
    }
    if (!(document instanceof MappingNode mapping)) {
      problems.error(document, "", "an object with apiVersion and kind is expected", "");
      found.addAll(problems.found());
      return;
    }
    String apiVersion = scalar(mapping, "apiVersion");
    String kind = scalar(mapping, "kind");
    if (kind.endsWith("List") && depth == 0) {
      items(mapping)
          .forEach(item -> document(scheme, file, item, objects, found, broken, depth + 1));
      return;
    }
    if (kind.isEmpty() || apiVersion.isEmpty()) {
      problems.error(mapping, kind.isEmpty() ? "kind" : "apiVersion", "is missing", "write it");
      found.addAll(problems.found());
      return;
    }
    Optional<Kind<?>> known = scheme.find(apiVersion, kind);
    if (known.isEmpty()) {
      Optional<String> version = scheme.named(kind).map(Kind::apiVersion);
      problems.warning(
          mapping,
          "kind",
          version.isPresent()
              ? kind + " is not known in " + apiVersion
              : "kind " + kind + " is not used here",
          version.map(other -> "write it in " + other).orElse("it is ignored"));
      found.addAll(problems.found());
      return;
    }
    Fields fields = new Fields(mapping, "", problems);
    KubernetesObject object = known.get().decode(fields);
    fields.end();
    if (problems.hasErrors()) {
      broken.add(object.key());
    } else {
      objects.add(new Stored(object, problems.origin(mapping), Places.of(mapping, problems)));
    }
    found.addAll(problems.found());
  }

  private static List<Node> items(MappingNode mapping) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key
          && key.getValue().equals("items")
          && tuple.getValueNode() instanceof SequenceNode items) {
        return items.getValue();
      }
    }
    return List.of();
  }

  private static String scalar(MappingNode mapping, String field) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key
          && key.getValue().equals(field)
          && tuple.getValueNode() instanceof ScalarNode value) {
        return value.getValue();
      }
    }
    return "";
  }
}
