package dev.ballast.roles.admin;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A counter whose name does not end in {@code _total}, for the names of programs that Ballast
 * stands in for. The client library would add that ending, so to the library it is of unknown type;
 * {@link AdminHttp} calls all of that type counters in the text form. OpenMetrics has no counters
 * of such names: there it stays unknown, under the same name.
 */
public final class BareCounter implements Collector {
  private final String name;
  private final String help;
  private final String label;
  private final Supplier<Map<String, Long>> values;

  private BareCounter(String name, String help, String label, Supplier<Map<String, Long>> values) {
    this.name = name;
    this.help = help;
    this.label = label;
    this.values = values;
  }

  /**
   * Registers one that is read when it is asked for.
   *
   * @param values the counts by the value of the label
   */
  public static void register(
      PrometheusRegistry registry,
      String name,
      String help,
      String label,
      Supplier<Map<String, Long>> values) {
    registry.register(new BareCounter(name, help, label, values));
  }

  @Override
  public MetricSnapshot collect() {
    UnknownSnapshot.Builder all = UnknownSnapshot.builder().name(name).help(help);
    values
        .get()
        .forEach((value, count) ->
            all.dataPoint(
                UnknownSnapshot.UnknownDataPointSnapshot.builder()
                    .labels(Labels.of(label, value))
                    .value((double) count)
                    .build()));
    return all.build();
  }
}
