package dev.ballast.yaml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Parses YAML into trees with positions. */
public final class Yaml {
  /** Enough for every file that a person writes. */
  private static final int MAX_NODES = 200_000;

  private static final int MAX_CODE_POINTS = 16 << 20;

  private Yaml() {}

  /**
   * Returns every document of a text, in order.
   *
   * @param source names the text in messages: a file
   * @throws YamlFailure when it is not YAML, or larger or deeper than the limits
   */
  public static List<Document> parse(String source, String text) {
    List<Document> documents = new ArrayList<>();
    Optional<YamlFailure> failure = parse(source, text, MAX_NODES, documents::add);
    if (failure.isPresent()) {
      throw failure.get();
    }
    return List.copyOf(documents);
  }

  /**
   * Hands over every document of a text up to the first fault.
   *
   * @param source names the text in messages: a file
   * @param maxNodes the number of values, lists and mappings that the text may have
   * @return the fault that ended it; empty when the whole text was read
   */
  public static Optional<YamlFailure> parse(
      String source, String text, int maxNodes, Consumer<Document> documents) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setMaxAliasesForCollections(10_000)
            .setCodePointLimit(MAX_CODE_POINTS)
            .build();
    try {
      Tree tree = new Tree(source, text, maxNodes);
      Iterator<org.snakeyaml.engine.v2.nodes.Node> roots =
          new Compose(settings).composeAllFromString(text).iterator();
      while (roots.hasNext()) {
        documents.accept(new Document(source, tree.node(roots.next())));
      }
      return Optional.empty();
    } catch (YamlFailure e) {
      return Optional.of(e);
    } catch (MarkedYamlEngineException e) {
      return Optional.of(
          new YamlFailure(
              source,
              e.getProblemMark()
                  .map(mark -> new Position(mark.getLine() + 1, mark.getColumn() + 1)),
              e.getProblem()));
    } catch (YamlEngineException e) {
      return Optional.of(new YamlFailure(source, Optional.empty(), String.valueOf(e.getMessage())));
    }
  }

  /**
   * Returns the value of a node: a map, a list, text, a number, a boolean or null. Merge keys are
   * followed; plain scalars are read as YAML 1.2's core schema reads them.
   */
  public static @Nullable Object value(Node node) {
    return switch (node) {
      case Node.Scalar scalar -> Scalars.value(scalar);
      case Node.Sequence sequence -> {
        List<@Nullable Object> items = new ArrayList<>();
        sequence.items().forEach(item -> items.add(value(item)));
        yield items;
      }
      case Node.Mapping mapping -> value(mapping);
    };
  }

  /** Returns the value of a mapping. */
  public static Map<String, @Nullable Object> value(Node.Mapping mapping) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (Node.Entry entry : mapping.merged()) {
      if (entry.key() instanceof Node.Scalar key) {
        fields.putIfAbsent(key.value(), value(entry.value()));
      }
    }
    return fields;
  }

  /**
   * Returns a node for a value made of maps, lists, text, numbers, booleans and nulls, as if it had
   * been parsed from a text without lines.
   */
  public static Node node(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> mapping(map);
      case Iterable<?> list -> {
        List<Node> items = new ArrayList<>();
        list.forEach(item -> items.add(node(item)));
        yield new Node.Sequence(Position.NONE, items);
      }
      case String text -> scalar(text, Node.Style.DOUBLE_QUOTED);
      case null -> scalar("null", Node.Style.PLAIN);
      default -> scalar(value.toString(), Node.Style.PLAIN);
    };
  }

  /** Returns a mapping for a map of the same kind. */
  public static Node.Mapping mapping(Map<?, ?> map) {
    List<Node.Entry> entries = new ArrayList<>();
    map.forEach((key, each) ->
        entries.add(
            new Node.Entry(scalar(String.valueOf(key), Node.Style.DOUBLE_QUOTED), node(each))));
    return new Node.Mapping(Position.NONE, entries);
  }

  private static Node.Scalar scalar(String value, Node.Style style) {
    return new Node.Scalar(Position.NONE, value, style, 0, 0);
  }
}
