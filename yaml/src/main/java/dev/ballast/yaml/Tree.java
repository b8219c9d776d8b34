package dev.ballast.yaml;

import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Turns the parser's nodes into ours, within limits: an alias may refer to what contains it. */
final class Tree {
  private static final int MAX_DEPTH = 100;

  private final String source;
  private final String text;
  private final int maxNodes;
  private final boolean beyondTheBasicPlane;
  private int nodes;
  private int depth;

  Tree(String source, String text, int maxNodes) {
    this.source = source;
    this.text = text;
    this.maxNodes = maxNodes;
    this.beyondTheBasicPlane = text.codePointCount(0, text.length()) != text.length();
  }

  Node node(org.snakeyaml.engine.v2.nodes.Node parsed) {
    var start = mark(parsed.getStartMark());
    var position = new Position(start.getLine() + 1, start.getColumn() + 1);
    if (++nodes > maxNodes || ++depth > MAX_DEPTH) {
      throw new YamlFailure(
          source,
          Optional.of(position),
          nodes > maxNodes
              ? "more than " + maxNodes + " nodes with aliases followed"
              : "more than " + MAX_DEPTH + " levels");
    }
    var node =
        switch (parsed) {
          case MappingNode mapping ->
              new Node.Mapping(
                  position,
                  mapping.getValue().stream()
                      .map(entry ->
                          new Node.Entry(node(entry.getKeyNode()), node(entry.getValueNode())))
                      .toList());
          case SequenceNode sequence ->
              new Node.Sequence(position, sequence.getValue().stream().map(this::node).toList());
          case ScalarNode scalar ->
              new Node.Scalar(
                  position,
                  scalar.getValue(),
                  style(scalar),
                  index(start),
                  index(mark(parsed.getEndMark())));
          default -> throw new YamlFailure(source, Optional.of(position), "an alias to nothing");
        };
    depth--;
    return node;
  }

  private static Mark mark(Optional<Mark> mark) {
    return mark.orElseThrow(() -> new IllegalStateException("the parser keeps marks"));
  }

  private static Node.Style style(ScalarNode scalar) {
    return switch (scalar.getScalarStyle()) {
      case PLAIN -> Node.Style.PLAIN;
      case SINGLE_QUOTED -> Node.Style.SINGLE_QUOTED;
      case DOUBLE_QUOTED, JSON_SCALAR_STYLE -> Node.Style.DOUBLE_QUOTED;
      case LITERAL, FOLDED -> Node.Style.BLOCK;
    };
  }

  /** The parser counts code points; a string counts UTF-16 units. */
  private int index(Mark mark) {
    return beyondTheBasicPlane ? text.offsetByCodePoints(0, mark.getIndex()) : mark.getIndex();
  }
}
