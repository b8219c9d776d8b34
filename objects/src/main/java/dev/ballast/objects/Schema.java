package dev.ballast.objects;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The structural schema of a value (OpenAPI v3, as CustomResourceDefinitions use it). Immutable:
 * each method returns another schema.
 */
public final class Schema {
  private final Map<String, Object> keywords;

  private Schema(Map<String, Object> keywords) {
    this.keywords = keywords;
  }

  private static Schema type(String name) {
    return new Schema(Map.of("type", name));
  }

  public static Schema text() {
    return type("string");
  }

  public static Schema bool() {
    return type("boolean");
  }

  public static Schema integer() {
    return type("integer");
  }

  /** Returns the schema of whole numbers of 32 or 64 bits: {@code int32}, {@code int64}. */
  public static Schema integer(String format) {
    return type("integer").with("format", format);
  }

  /** Returns the schema of a list. */
  public static Schema list(Schema items) {
    return type("array").with("items", items.keywords);
  }

  /** Returns the schema of a map from any text. */
  public static Schema map(Schema values) {
    return type("object").with("additionalProperties", values.keywords);
  }

  /** Returns the schema of an object without fields; {@link #field} adds some. */
  public static Schema object() {
    return type("object");
  }

  /** Returns the schema of a label selector. */
  public static Schema labelSelector() {
    return object()
        .field(
            "matchExpressions",
            list(object()
                    .field("key", text())
                    .field("operator", text())
                    .field("values", list(text()).with("x-kubernetes-list-type", "atomic"))
                    .required("key", "operator"))
                .with("x-kubernetes-list-type", "atomic"))
        .field("matchLabels", map(text()))
        .with("x-kubernetes-map-type", "atomic");
  }

  /** Returns the schema of a list of conditions (metav1.Condition). */
  public static Schema conditions() {
    return list(object()
            .field("lastTransitionTime", text().with("format", "date-time"))
            .field("message", text().with("maxLength", 32768))
            .field("observedGeneration", integer("int64").atLeast(0))
            .field(
                "reason",
                text()
                    .with("maxLength", 1024)
                    .with("minLength", 1)
                    .with("pattern", "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"))
            .field("status", text().oneOf("True", "False", "Unknown"))
            .field(
                "type",
                text()
                    .with("maxLength", 316)
                    .with(
                        "pattern",
                        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
                            + "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"))
            .required("lastTransitionTime", "message", "reason", "status", "type"))
        .with("x-kubernetes-list-map-keys", List.of("type"))
        .with("x-kubernetes-list-type", "map");
  }

  /** Returns this schema of an object with one more field. */
  public Schema field(String name, Schema schema) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (keywords.get("properties") instanceof Map<?, ?> before) {
      before.forEach((key, value) -> fields.put(String.valueOf(key), value));
    }
    fields.put(name, schema.keywords);
    return with("properties", fields);
  }

  /** Returns this schema with fields that must be there. */
  public Schema required(String... names) {
    return with("required", List.of(names));
  }

  /** Returns this schema with the value that a missing one stands for. */
  public Schema otherwise(Object value) {
    return with("default", value);
  }

  public Schema atLeast(long least) {
    return with("minimum", least);
  }

  public Schema atMost(long most) {
    return with("maximum", most);
  }

  /** Returns this schema of text that is one of some words. */
  public Schema oneOf(String... words) {
    return with("enum", List.of(words));
  }

  /** Returns this schema of a value that never changes once it is set. */
  public Schema immutable() {
    return with(
        "x-kubernetes-validations",
        List.of(Map.of("message", "Value is immutable", "rule", "self == oldSelf")));
  }

  /** Returns this schema with a text for {@code kubectl explain}. */
  public Schema describe(String text) {
    return with("description", text);
  }

  /** Returns this schema with another keyword of OpenAPI. */
  public Schema with(String keyword, Object value) {
    Map<String, Object> next = new LinkedHashMap<>(keywords);
    next.put(keyword, value);
    return new Schema(next);
  }

  /** Returns the keywords, as a manifest has them. */
  public Map<String, Object> keywords() {
    return new LinkedHashMap<>(keywords);
  }

  /** Returns the names of an object's fields. */
  public List<String> fields() {
    List<String> names = new ArrayList<>();
    if (keywords.get("properties") instanceof Map<?, ?> fields) {
      fields.keySet().forEach(key -> names.add(String.valueOf(key)));
    }
    return names;
  }
}
