package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.cluster.BootstrapToken;
import dev.ballast.bootstrap.data.Data;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ballast token list}. */
@Command(
    name = "list",
    exitCodeOnInvalidInput = 1,
    description = "Lists the tokens of the cluster.")
final class TokenListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClusterAccess cluster = new ClusterAccess();

  @Override
  public Integer call() {
    List<BootstrapToken> tokens =
        cluster.api().list("/api/v1/namespaces/kube-system/secrets").stream()
            .filter(
                secret -> Data.text(secret, "metadata", "name").startsWith(BootstrapToken.PREFIX))
            .map(BootstrapToken::read)
            .flatMap(Optional::stream)
            .sorted(Comparator.comparing(BootstrapToken::id))
            .toList();
    var table = new StringBuilder("TOKEN\tTTL\tEXPIRES\tUSAGES\tDESCRIPTION\tEXTRA GROUPS\n");
    Instant now = Instant.now();
    for (BootstrapToken token : tokens) {
      table
          .append(token.text())
          .append('\t')
          .append(token.expires().map(end -> left(Duration.between(now, end))).orElse("<forever>"))
          .append('\t')
          .append(token.expires().map(Instant::toString).orElse("<never>"))
          .append('\t')
          .append(token.usages().isEmpty() ? "<none>" : String.join(",", token.usages()))
          .append('\t')
          .append(token.description().isEmpty() ? "<none>" : token.description())
          .append('\t')
          .append(token.groups().isEmpty() ? "<none>" : String.join(",", token.groups()))
          .append('\n');
    }
    spec.commandLine().getOut().print(Columns.of(table.toString()));
    spec.commandLine().getOut().flush();
    return 0;
  }

  private static String left(Duration left) {
    if (left.isNegative()) {
      return "<invalid>";
    }
    return left.toHours() > 0
        ? left.toHours() + "h"
        : left.toMinutes() > 0 ? left.toMinutes() + "m" : left.toSeconds() + "s";
  }
}
