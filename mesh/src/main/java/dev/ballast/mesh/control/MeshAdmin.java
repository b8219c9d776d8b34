package dev.ballast.mesh.control;

import dev.ballast.mesh.explain.Explanation;
import dev.ballast.mesh.explain.HttpQuestion;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.roles.admin.AdminRequest;
import dev.ballast.roles.admin.AdminResponse;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What may be asked of the control plane: its proxies, and why a request goes where it goes. */
final class MeshAdmin {
  private final Proxies proxies;
  private final Supplier<Optional<MeshModel>> model;

  MeshAdmin(Proxies proxies, Supplier<Optional<MeshModel>> model) {
    this.proxies = proxies;
    this.model = model;
  }

  AdminResponse answer(AdminRequest request) {
    return switch (request.path()) {
      case "status" -> AdminResponse.text(status());
      case "explain" -> explain(request);
      default ->
          AdminResponse.refusal(
              404, "nothing is known of '" + request.path() + "': ask status or explain");
    };
  }

  private String status() {
    StringBuilder text = new StringBuilder();
    List<Proxies.Connected> all =
        proxies.all().stream().sorted(Comparator.comparing(each -> each.proxy().id())).toList();
    text.append(
        "%d proxies, %d services%n"
            .formatted(all.size(), model.get().map(each -> each.services().size()).orElse(0)));
    for (Proxies.Connected each : all) {
      text.append(
          "%s  %s  from %s  since %s  %s  %d requests, %d responses%n"
              .formatted(
                  each.proxy().id(),
                  each.stream().isDelta() ? "delta" : "state-of-the-world",
                  each.from(),
                  each.since(),
                  each.stream().isSettled() ? "in sync" : "not in sync",
                  each.stream().requests(),
                  each.stream().responses()));
      each.stream()
          .rejections()
          .forEach(rejection ->
              text.append(
                  "  rejects %s %s: %s%n"
                      .formatted(
                          rejection.resource().type(),
                          rejection.resource().name(),
                          rejection.message())));
    }
    return text.toString();
  }

  private AdminResponse explain(AdminRequest request) {
    String wanted = request.query().getOrDefault("proxy", "");
    Optional<Proxies.Connected> found =
        proxies.all().stream()
            .filter(each ->
                each.proxy().id().equals(wanted)
                    || (each.proxy().name() + "." + each.proxy().namespace()).equals(wanted))
            .findFirst();
    if (found.isEmpty()) {
      return AdminResponse.refusal(
          404, "no proxy '%s' is connected; `ballast mesh status` lists them".formatted(wanted));
    }
    if (found.get().generated().isEmpty()) {
      return AdminResponse.refusal(409, "nothing is generated for it yet");
    }
    try {
      return AdminResponse.text(
          Explanation.of(
                  found.get().proxy(),
                  found.get().generated().get(),
                  HttpQuestion.parse(
                      request.query().getOrDefault("url", ""),
                      request.query().getOrDefault("headers", ""),
                      request.query().getOrDefault("method", "GET")))
              .text());
    } catch (IllegalArgumentException e) {
      return AdminResponse.refusal(400, String.valueOf(e.getMessage()));
    }
  }
}
