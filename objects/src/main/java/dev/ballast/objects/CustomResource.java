package dev.ballast.objects;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A kind that a cluster has to be taught: its CustomResourceDefinition.
 *
 * @param columns what {@code kubectl get} prints beside the name
 * @param spec the schema of what people write
 * @param status the schema of what controllers write
 * @param specRequired whether an object without a spec is refused
 */
public record CustomResource(
    Kind<?> kind, List<Column> columns, Schema spec, Schema status, boolean specRequired) {
  public CustomResource {
    columns = List.copyOf(columns);
  }

  /**
   * A column.
   *
   * @param path where its value is, {@code .spec.autoAssign}
   * @param priority 0 for always, more for {@code -o wide} only
   */
  public record Column(String name, String type, String path, int priority) {
    /** A column that is always printed. */
    public Column(String name, String type, String path) {
      this(name, type, path, 0);
    }

    private Map<String, Object> manifest() {
      Map<String, Object> column = new LinkedHashMap<>();
      column.put("jsonPath", path);
      column.put("name", name);
      if (priority != 0) {
        column.put("priority", priority);
      }
      column.put("type", type);
      return column;
    }
  }

  /** Returns the definition as a manifest. */
  public Map<String, Object> manifest() {
    Map<String, Object> names = new LinkedHashMap<>();
    names.put("kind", kind.name());
    names.put("listKind", kind.name() + "List");
    names.put("plural", kind.plural());
    names.put("singular", kind.name().toLowerCase(Locale.ROOT));
    Schema schema =
        Schema.object()
            .field("apiVersion", Schema.text())
            .field("kind", Schema.text())
            .field("metadata", Schema.object())
            .field("spec", spec)
            .field("status", status);
    if (specRequired) {
      schema = schema.required("spec");
    }
    Map<String, Object> version = new LinkedHashMap<>();
    if (!columns.isEmpty()) {
      version.put("additionalPrinterColumns", columns.stream().map(Column::manifest).toList());
    }
    version.put("name", kind.version());
    version.put("schema", Map.of("openAPIV3Schema", schema.keywords()));
    version.put("served", true);
    version.put("storage", true);
    version.put("subresources", Map.of("status", Map.of()));
    Map<String, Object> definition = new LinkedHashMap<>();
    definition.put("group", kind.group());
    definition.put("names", names);
    definition.put(
        "scope",
        switch (kind.scope()) {
          case NAMESPACED -> "Namespaced";
          case CLUSTER -> "Cluster";
        });
    definition.put("versions", List.of(version));
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("apiVersion", "apiextensions.k8s.io/v1");
    manifest.put("kind", "CustomResourceDefinition");
    manifest.put("metadata", Map.of("name", kind.resource()));
    manifest.put("spec", definition);
    return manifest;
  }
}
