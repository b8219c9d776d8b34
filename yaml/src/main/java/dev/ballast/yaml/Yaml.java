package dev.ballast.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Parses YAML into trees with positions. */
public final class Yaml {
  private Yaml() {}

  /**
   * Every document of a text, in order.
   *
   * @param source names the text in messages: a file
   * @throws YamlFailure when it is not YAML, or larger or deeper than the limits
   */
  public static List<Document> parse(String source, String text) {
    var settings =
        LoadSettings.builder().setLabel(source).setMaxAliasesForCollections(10_000).build();
    var documents = new ArrayList<Document>();
    try {
      var tree = new Tree(source, text);
      for (var root : new Compose(settings).composeAllFromString(text)) {
        documents.add(new Document(source, tree.node(root)));
      }
    } catch (MarkedYamlEngineException e) {
      throw new YamlFailure(
          source,
          e.getProblemMark().map(mark -> new Position(mark.getLine() + 1, mark.getColumn() + 1)),
          e.getProblem());
    } catch (YamlEngineException e) {
      throw new YamlFailure(source, Optional.empty(), String.valueOf(e.getMessage()));
    }
    return List.copyOf(documents);
  }
}
