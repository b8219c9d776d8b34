package dev.ballast.pki.kubeconfig;

import dev.ballast.pki.PkiFailure;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.yaml.snakeyaml.nodes.Tag;

/** YAML as a tree with positions, so that a value can be replaced where it stands. */
final class YamlTree {
  private YamlTree() {}

  static MappingNode parse(String text, String source) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(50);
    try {
      Node root = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
      if (root instanceof MappingNode mapping) {
        return mapping;
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw new PkiFailure(
          "failed to load kubeConfig file %s: line %d: %s".formatted(source, line, e.getProblem()),
          "correct the line, or bring the file back from a backup",
          e);
    } catch (YAMLException e) {
      throw new PkiFailure(
          "failed to load kubeConfig file " + source + ": " + e.getMessage(),
          "bring the file back from a backup",
          e);
    }
    throw new PkiFailure(
        "failed to load kubeConfig file " + source + ": it is not a kubeconfig",
        "bring the file back from a backup");
  }

  static Optional<Node> value(MappingNode mapping, String key) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key)) {
        return Optional.of(tuple.getValueNode());
      }
    }
    return Optional.empty();
  }

  static Optional<ScalarNode> scalar(MappingNode mapping, String key) {
    return value(mapping, key)
        .filter(node -> node instanceof ScalarNode && !node.getTag().equals(Tag.NULL))
        .map(ScalarNode.class::cast)
        .filter(node -> !node.getValue().isEmpty());
  }

  static Optional<String> text(MappingNode mapping, String key) {
    return scalar(mapping, key).map(ScalarNode::getValue);
  }

  static List<MappingNode> members(MappingNode mapping, String key) {
    var members = new ArrayList<MappingNode>();
    if (value(mapping, key).orElse(null) instanceof SequenceNode sequence) {
      for (Node node : sequence.getValue()) {
        if (node instanceof MappingNode member) {
          members.add(member);
        }
      }
    }
    return members;
  }
}
