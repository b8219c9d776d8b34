package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.cluster.BootstrapToken;
import dev.ballast.bootstrap.config.Defaults;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.init.JoinCommand;
import dev.ballast.certificates.config.GoDuration;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast token create}. */
@Command(
    name = "create",
    exitCodeOnInvalidInput = 1,
    description = "Creates a token in the cluster and prints it.")
final class TokenCreateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClusterAccess cluster = new ClusterAccess();

  @Parameters(arity = "0..1", paramLabel = "TOKEN", description = "The token (default: a new one).")
  private @Nullable String token;

  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      defaultValue = "24h",
      description = "How long it is good; 0 means for ever (default: ${DEFAULT-VALUE}).")
  private String ttl = "24h";

  @Option(
      names = "--usages",
      split = ",",
      paramLabel = "USAGE",
      defaultValue = "signing,authentication",
      description = "What it is good for (default: ${DEFAULT-VALUE}).")
  private List<String> usages = List.of();

  @Option(
      names = "--groups",
      split = ",",
      paramLabel = "GROUP",
      defaultValue = Defaults.NODE_GROUP,
      description = "The groups of who shows it (default: ${DEFAULT-VALUE}).")
  private List<String> groups = List.of();

  @Option(
      names = "--description",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What it is for.")
  private String description = "";

  @Option(names = "--print-join-command", description = "Print the whole command to join with.")
  private boolean printJoinCommand;

  @Override
  public Integer call() {
    if (GoDuration.parse(ttl).isEmpty()) {
      throw new BootstrapFailure("--ttl '" + ttl + "' is not a duration", "write it as 24h");
    }
    for (String usage : usages) {
      if (!usage.equals("signing") && !usage.equals("authentication")) {
        throw new BootstrapFailure(
            "--usages: there is no usage " + usage, "give signing, authentication, or both");
      }
    }
    for (String group : groups) {
      if (!group.matches("system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")) {
        throw new BootstrapFailure(
            "--groups: " + group + " is not a group of bootstrap tokens",
            "begin it with system:bootstrappers:");
      }
    }
    String text = token == null ? BootstrapToken.generate(new SecureRandom()) : token;
    Map<String, Object> given =
        Data.map(
            "token", text,
            "ttl", ttl,
            "usages", new ArrayList<Object>(usages),
            "groups", new ArrayList<Object>(groups),
            "description", description);
    BootstrapToken made = BootstrapToken.of(given, Instant.now());
    var answer = cluster.api().post("/api/v1/namespaces/kube-system/secrets", made.object());
    if (!answer.ok()) {
      throw new BootstrapFailure(
          "cannot create the token " + made.id() + ": " + answer.reason(),
          answer.code() == 409
              ? "delete the old one: ballast token delete " + made.id()
              : "see that the API server is well");
    }
    spec.commandLine()
        .getOut()
        .println(
            printJoinCommand
                ? JoinCommand.text(
                    cluster.kubeconfig().server().orElse("").replaceFirst("^https://", ""),
                    text,
                    cluster.kubeconfig().authorities())
                : text);
    return 0;
  }
}
