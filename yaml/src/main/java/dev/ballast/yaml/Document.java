package dev.ballast.yaml;

import java.util.Optional;

/**
 * One document of a text.
 *
 * @param source names the text in messages: a file
 * @param root its outermost node
 */
public record Document(String source, Node root) {
  /** The root, which must be a mapping. */
  public Node.Mapping mapping() {
    if (root instanceof Node.Mapping mapping) {
      return mapping;
    }
    throw new YamlFailure(source, Optional.of(root.position()), "a mapping is expected here");
  }
}
