package dev.ballast.objects;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.util.List;
import java.util.Map;

/** Writes objects as YAML that {@code kubectl apply -f -} takes. */
public final class Manifests {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          new YAMLFactory()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR));

  private Manifests() {}

  /** Returns the documents, in order. */
  public static String yaml(List<Map<String, Object>> objects) {
    StringBuilder text = new StringBuilder();
    for (Map<String, Object> object : objects) {
      try {
        text.append(YAML.writeValueAsString(object));
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("not a manifest: " + object, e);
      }
    }
    return text.toString();
  }
}
