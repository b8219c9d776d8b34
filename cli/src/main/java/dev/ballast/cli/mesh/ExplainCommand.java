package dev.ballast.cli.mesh;

import dev.ballast.cli.Threads;
import dev.ballast.cli.role.ObjectsOption;
import dev.ballast.mesh.envoy.Generator;
import dev.ballast.mesh.envoy.Proxy;
import dev.ballast.mesh.explain.Explanation;
import dev.ballast.mesh.explain.HttpQuestion;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.resource.MeshKinds;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Snapshot;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast mesh explain}. */
@Command(
    name = "explain",
    description = {
      "Says what becomes of a request: each stage, what is chosen and why, what is rejected.",
      "Live: --admin-socket of a control plane. Offline: --objects DIR or --kubeconfig FILE."
    })
final class ExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ObjectsOption objects;
  @Mixin private NodeOptions node;

  @Option(
      names = "--admin-socket",
      paramLabel = "PATH",
      description = "The admin socket of a control plane, to which the proxy is connected.")
  private Optional<Path> socket = Optional.empty();

  @Option(
      names = {"-H", "--header"},
      paramLabel = "'NAME: VALUE'",
      description = "A header of the request; may be repeated.")
  private List<String> headers = List.of();

  @Option(
      names = {"-X", "--request"},
      paramLabel = "METHOD",
      defaultValue = "GET",
      description = "The method of the request (default: ${DEFAULT-VALUE}).")
  private String method = "GET";

  @Parameters(
      arity = "1..2",
      paramLabel = "[curl] URL",
      description = "The request: http://, https:// or tcp://HOST:PORT.")
  private List<String> request = List.of();

  @Override
  public Integer call() throws Exception {
    String url = request.getLast();
    if (socket.isPresent()) {
      return Asked.print(
          spec,
          socket.get(),
          "/mesh/explain?proxy=%s&url=%s&method=%s&headers=%s"
              .formatted(
                  encode(node.proxy()),
                  encode(url),
                  encode(method),
                  encode(String.join("\n", headers))));
    }
    ThreadFactory threads = Threads.TASKS;
    try (ObjectStore home = objects.open(MeshKinds.SCHEME, threads)) {
      Snapshot snapshot = objects.read(home);
      PrintWriter err = spec.commandLine().getErr();
      for (Problem problem : snapshot.problems()) {
        err.println(problem);
      }
      MeshModel model = MeshModel.of(snapshot);
      Proxy proxy = Proxy.of(node.node());
      Explanation explanation =
          Explanation.of(
              proxy,
              new Generator().generate(model, proxy),
              HttpQuestion.parse(url, String.join("\n", headers), method));
      spec.commandLine().getOut().print(explanation.text());
      spec.commandLine().getOut().flush();
      return 0;
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
