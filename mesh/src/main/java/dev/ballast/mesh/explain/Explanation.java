package dev.ballast.mesh.explain;

import dev.ballast.mesh.envoy.Generator.Generated;
import dev.ballast.mesh.envoy.Proxy;
import java.util.List;
import java.util.Locale;

/** The whole way of a request. */
public record Explanation(
    Proxy proxy, HttpQuestion question, List<Step> steps, String verdict, List<String> advice) {
  public Explanation {
    steps = List.copyOf(steps);
    advice = List.copyOf(advice);
  }

  /** Explains a request by what was generated for a proxy. */
  public static Explanation of(Proxy proxy, Generated generated, HttpQuestion question) {
    return new Walk(proxy, generated, question).explain();
  }

  /** Returns it for a person. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s %s://%s:%d%s from %s%n"
            .formatted(
                question.opaque() ? "connect" : question.method(),
                question.opaque() ? "tcp" : question.tls() ? "https" : "http",
                question.host(),
                question.port(),
                question.opaque() ? "" : question.path(),
                proxy.id()));
    for (Step step : steps) {
      text.append(
          "  %-8s  %s%n".formatted(step.stage().name().toLowerCase(Locale.ROOT), step.chosen()));
      text.append("            because %s%n".formatted(step.because()));
      if (!step.source().isEmpty()) {
        text.append("            from %s%n".formatted(step.source()));
      }
      for (Step.Rejected each : step.rejected()) {
        text.append("            not %s: %s%n".formatted(each.name(), each.because()));
      }
    }
    text.append("verdict: ").append(verdict).append('\n');
    advice.forEach(each -> text.append("advice: ").append(each).append('\n'));
    return text.toString();
  }
}
