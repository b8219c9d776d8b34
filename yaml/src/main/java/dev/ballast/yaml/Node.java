package dev.ballast.yaml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A node of a document, with its position. */
public sealed interface Node {
  Position position();

  /** How a scalar is written. */
  enum Style {
    PLAIN,
    SINGLE_QUOTED,
    DOUBLE_QUOTED,
    /** Literal or folded, below its key. */
    BLOCK
  }

  /**
   * A value.
   *
   * @param from where it starts in the text, in UTF-16 units
   * @param to where it ends
   */
  record Scalar(Position position, String value, Style style, int from, int to) implements Node {
    private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

    /** Returns true when the value is YAML's null, which only a plain one can be. */
    public boolean isNull() {
      return style == Style.PLAIN && NULLS.contains(value);
    }

    /** Names the place only: the value may be a secret. */
    @Override
    public String toString() {
      return "scalar at " + position;
    }
  }

  /** A list. */
  record Sequence(Position position, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** A key with its value. */
  record Entry(Node key, Node value) {
    /** Returns the key as text; empty when it is a list or a mapping. */
    public Optional<String> name() {
      return key instanceof Scalar scalar ? Optional.of(scalar.value()) : Optional.empty();
    }

    boolean isNamed(String name) {
      return key instanceof Scalar scalar && scalar.value().equals(name);
    }
  }

  /** Keys with their values. */
  record Mapping(Position position, List<Entry> entries) implements Node {
    public Mapping {
      entries = List.copyOf(entries);
    }

    /** The entry of this key, written here or merged in through {@code <<}. */
    public Optional<Entry> entry(String key) {
      return entries.stream()
          .filter(entry -> entry.isNamed(key))
          .findFirst()
          .or(() ->
              entries.stream()
                  .filter(entry -> entry.isNamed("<<"))
                  .flatMap(entry ->
                      entry.value() instanceof Sequence(_, var items)
                          ? items.stream()
                          : Stream.of(entry.value()))
                  .filter(Mapping.class::isInstance)
                  .flatMap(merged -> ((Mapping) merged).entry(key).stream())
                  .findFirst());
    }

    /**
     * Returns the entries written here, then those merged in that are not hidden by one of them.
     */
    public List<Entry> merged() {
      if (entries.stream().noneMatch(entry -> entry.isNamed("<<"))) {
        return entries;
      }
      List<Entry> all = new ArrayList<>();
      Set<String> names = new HashSet<>();
      for (Entry entry : entries) {
        if (!entry.isNamed("<<")) {
          all.add(entry);
          entry.name().ifPresent(names::add);
        }
      }
      for (Entry entry : entries) {
        if (entry.isNamed("<<")) {
          List<Node> from =
              entry.value() instanceof Sequence(_, var items) ? items : List.of(entry.value());
          for (Node each : from) {
            if (each instanceof Mapping mapping) {
              for (Entry inherited : mapping.merged()) {
                if (inherited.name().map(names::add).orElse(true)) {
                  all.add(inherited);
                }
              }
            }
          }
        }
      }
      return List.copyOf(all);
    }

    public Optional<Node> get(String key) {
      return entry(key).map(Entry::value);
    }

    /** The scalar at this key, unless it is null or empty. */
    public Optional<Scalar> scalar(String key) {
      return get(key)
          .filter(Scalar.class::isInstance)
          .map(Scalar.class::cast)
          .filter(scalar -> !scalar.isNull() && !scalar.value().isEmpty());
    }

    public Optional<String> text(String key) {
      return scalar(key).map(Scalar::value);
    }

    public Optional<Mapping> mapping(String key) {
      return get(key).filter(Mapping.class::isInstance).map(Mapping.class::cast);
    }

    /** The items of the list at this key; none when there is no list. */
    public List<Node> items(String key) {
      return get(key).orElse(null) instanceof Sequence(_, var items) ? items : List.of();
    }

    /** The mappings in the list at this key. */
    public List<Mapping> members(String key) {
      return items(key).stream()
          .filter(Mapping.class::isInstance)
          .map(Mapping.class::cast)
          .toList();
    }
  }
}
