package dev.ballast.certificates.config;

import dev.ballast.certificates.CertificatesFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** The fields of one YAML object; what is wrong with one is said with its line and path. */
final class Fields {
  private final MappingNode node;
  private final String source;
  private final int firstLine;
  private final String path;

  /**
   * @param firstLine the line of the source at which the text of the node begins, from 0
   */
  Fields(MappingNode node, String source, int firstLine, String path) {
    this.node = node;
    this.source = source;
    this.firstLine = firstLine;
    this.path = path;
  }

  private Optional<Node> value(String name) {
    for (NodeTuple tuple : node.getValue()) {
      if (name(tuple).equals(name) && !tuple.getValueNode().getTag().equals(Tag.NULL)) {
        return Optional.of(tuple.getValueNode());
      }
    }
    return Optional.empty();
  }

  private static String name(NodeTuple tuple) {
    return tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  boolean has(String name) {
    return value(name).isPresent();
  }

  /** The object at a name; an empty one when there is none. */
  Fields object(String name) {
    Node value = value(name).orElse(null);
    return switch (value) {
      case null ->
          new Fields(
              new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK),
              source,
              firstLine,
              path(name));
      case MappingNode mapping -> new Fields(mapping, source, firstLine, path(name));
      default -> throw wrong(value, name, "an object");
    };
  }

  /** The text at a name. */
  Optional<String> text(String name) {
    return value(name)
        .map(value -> {
          if (value instanceof ScalarNode scalar && scalar.getTag().equals(Tag.STR)) {
            return scalar.getValue();
          }
          throw wrong(value, name, "a string");
        });
  }

  /** The text at a name, read further; the reason of a refusal is added to the place. */
  <T> Optional<T> text(String name, String expected, Function<String, Optional<T>> parse) {
    return text(name)
        .filter(text -> !text.isEmpty())
        .map(text ->
            parse.apply(text).orElseThrow(() -> wrong(value(name).orElseThrow(), name, expected)));
  }

  /** The number at a name. */
  Optional<Integer> number(String name) {
    return value(name)
        .map(value -> {
          if (value instanceof ScalarNode scalar
              && scalar.getTag().equals(Tag.INT)
              && scalar.getValue().matches("\\d{1,9}")) {
            return Integer.valueOf(scalar.getValue());
          }
          throw wrong(value, name, "a number");
        });
  }

  boolean isTrue(String name) {
    return value(name)
        .map(value -> {
          if (value instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
            return scalar.getValue().equals("true");
          }
          throw wrong(value, name, "true or false");
        })
        .orElse(false);
  }

  /** The texts of a list at a name. */
  List<String> texts(String name) {
    Node value = value(name).orElse(null);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof SequenceNode sequence)) {
      throw wrong(value, name, "a list of strings");
    }
    var texts = new ArrayList<String>();
    for (Node member : sequence.getValue()) {
      if (!(member instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.STR)) {
        throw wrong(member, name + "[" + texts.size() + "]", "a string");
      }
      texts.add(scalar.getValue());
    }
    return List.copyOf(texts);
  }

  /** A warning for each field that is none of these, and for each that is there twice. */
  List<String> unknown(Set<String> known) {
    var warnings = new ArrayList<String>();
    var seen = new ArrayList<String>();
    for (NodeTuple tuple : node.getValue()) {
      String name = name(tuple);
      if (!known.contains(name)) {
        warnings.add(place(tuple.getKeyNode()) + "unknown field \"" + path(name) + "\"");
      } else if (seen.contains(name)) {
        warnings.add(place(tuple.getKeyNode()) + "duplicate field \"" + path(name) + "\"");
      }
      seen.add(name);
    }
    return warnings;
  }

  private String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private String place(Node at) {
    return source + ":" + (firstLine + at.getStartMark().getLine() + 1) + ": ";
  }

  CertificatesFailure exclusive(String name, String other) {
    return new CertificatesFailure(
        place(value(other).orElse(node))
            + path(name)
            + " and "
            + path(other)
            + " are mutually exclusive",
        "keep one of them");
  }

  CertificatesFailure wrong(String name, String expected) {
    return wrong(value(name).orElse(node), name, expected);
  }

  private CertificatesFailure wrong(Node at, String name, String expected) {
    String found =
        at instanceof ScalarNode scalar ? "'" + scalar.getValue() + "'" : "something else";
    return new CertificatesFailure(
        place(at) + path(name) + " is " + found + " where " + expected + " belongs",
        "correct the configuration");
  }
}
