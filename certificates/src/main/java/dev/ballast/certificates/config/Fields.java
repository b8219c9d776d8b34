package dev.ballast.certificates.config;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The fields of one YAML object; what is wrong with one is said with its line and path. */
final class Fields {
  private final Node.Mapping node;
  private final String source;
  private final String path;

  Fields(Node.Mapping node, String source, String path) {
    this.node = node;
    this.source = source;
    this.path = path;
  }

  private Optional<Node> value(String name) {
    for (Node.Entry entry : node.merged()) {
      boolean isNull = entry.value() instanceof Node.Scalar scalar && scalar.isNull();
      if (entry.name().orElse("").equals(name) && !isNull) {
        return Optional.of(entry.value());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> string(Node node) {
    return Yaml.value(node) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  boolean has(String name) {
    return value(name).isPresent();
  }

  /** The object at a name; an empty one when there is none. */
  Fields object(String name) {
    Node value = value(name).orElse(null);
    return switch (value) {
      case null -> new Fields(new Node.Mapping(node.position(), List.of()), source, path(name));
      case Node.Mapping mapping -> new Fields(mapping, source, path(name));
      default -> throw wrong(value, name, "an object");
    };
  }

  /** The text at a name. */
  Optional<String> text(String name) {
    return value(name)
        .map(value -> string(value).orElseThrow(() -> wrong(value, name, "a string")));
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
          if (value instanceof Node.Scalar
              && Yaml.value(value) instanceof Integer number
              && number >= 0) {
            return number;
          }
          throw wrong(value, name, "a number");
        });
  }

  boolean isTrue(String name) {
    return value(name)
        .map(value -> {
          if (Yaml.value(value) instanceof Boolean truth) {
            return truth;
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
    if (!(value instanceof Node.Sequence sequence)) {
      throw wrong(value, name, "a list of strings");
    }
    var texts = new ArrayList<String>();
    for (Node member : sequence.items()) {
      String at = name + "[" + texts.size() + "]";
      texts.add(string(member).orElseThrow(() -> wrong(member, at, "a string")));
    }
    return List.copyOf(texts);
  }

  /** A warning for each field that is none of these, and for each that is there twice. */
  List<String> unknown(Set<String> known) {
    var warnings = new ArrayList<String>();
    var seen = new ArrayList<String>();
    for (Node.Entry entry : node.merged()) {
      String name = entry.name().orElse("");
      if (!known.contains(name)) {
        warnings.add(place(entry.key()) + "unknown field \"" + path(name) + "\"");
      } else if (seen.contains(name)) {
        warnings.add(place(entry.key()) + "duplicate field \"" + path(name) + "\"");
      }
      seen.add(name);
    }
    return warnings;
  }

  private String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private String place(Node at) {
    return source + ":" + at.position().line() + ": ";
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
    String found = at instanceof Node.Scalar scalar ? "'" + scalar.value() + "'" : "something else";
    return new CertificatesFailure(
        place(at) + path(name) + " is " + found + " where " + expected + " belongs",
        "correct the configuration");
  }
}
