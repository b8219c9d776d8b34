package dev.ballast.images.dockerfile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The forms in which instructions take their arguments. */
final class Words {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Words() {}

  /** Returns the strings of a JSON array; empty when the text is no JSON array of strings. */
  static Optional<List<String>> json(String text) {
    if (!text.startsWith("[")) {
      return Optional.empty();
    }
    try {
      JsonNode node = JSON.readTree(text);
      if (!node.isArray()) {
        return Optional.empty();
      }
      List<String> found = new ArrayList<>();
      for (JsonNode each : node) {
        if (!each.isTextual()) {
          return Optional.empty();
        }
        found.add(each.asText());
      }
      return Optional.of(found);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Reads {@code k=v k=v} or the old {@code k v}. */
  static Map<String, String> pairs(Line line, char escape) {
    List<String> words = Quoting.words(line.rest(), escape);
    if (words.isEmpty()) {
      throw DockerfileException.parse(
          line.first(), line.keyword() + " requires at least one argument");
    }
    Map<String, String> found = new LinkedHashMap<>();
    if (!words.getFirst().contains("=")) {
      String rest = line.rest().substring(words.getFirst().length()).strip();
      if (rest.isEmpty()) {
        throw DockerfileException.parse(line.first(), line.keyword() + " must have two arguments");
      }
      found.put(words.getFirst(), rest);
      return found;
    }
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw DockerfileException.parse(
            line.first(),
            "Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
      }
      if (equals == 0) {
        throw DockerfileException.parse(line.first(), line.keyword() + " names can not be blank");
      }
      found.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return found;
  }
}
