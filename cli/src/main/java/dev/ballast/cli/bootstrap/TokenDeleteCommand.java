package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.cluster.BootstrapToken;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast token delete}. */
@Command(name = "delete", exitCodeOnInvalidInput = 1, description = "Deletes tokens.")
final class TokenDeleteCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClusterAccess cluster = new ClusterAccess();

  @Parameters(
      arity = "1..*",
      paramLabel = "TOKEN",
      description = "A token, or its first six letters.")
  private List<String> tokens = List.of();

  @Override
  public Integer call() {
    for (String token : tokens) {
      String id = BootstrapToken.isToken(token) ? token.substring(0, 6) : token;
      if (!BootstrapToken.isId(id)) {
        throw new BootstrapFailure(
            "'" + id + "' is neither a token nor the first six letters of one",
            "see which there are: ballast token list");
      }
      var answer =
          cluster
              .api()
              .delete("/api/v1/namespaces/kube-system/secrets/" + BootstrapToken.PREFIX + id);
      if (!answer.ok() && answer.code() != 404) {
        throw new BootstrapFailure(
            "cannot delete the token " + id + ": " + answer.reason(),
            "see that the API server is well");
      }
      spec.commandLine().getOut().println("bootstrap token \"" + id + "\" deleted");
    }
    return 0;
  }
}
