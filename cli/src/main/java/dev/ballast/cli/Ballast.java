package dev.ballast.cli;

import dev.ballast.cli.bootstrap.ConfigCommand;
import dev.ballast.cli.bootstrap.InitCommand;
import dev.ballast.cli.bootstrap.JoinCommand;
import dev.ballast.cli.bootstrap.ResetCommand;
import dev.ballast.cli.bootstrap.TokenCommand;
import dev.ballast.cli.certs.CertsCommand;
import dev.ballast.cli.images.BuildCommand;
import dev.ballast.cli.images.BuildxCommand;
import dev.ballast.cli.kubeconfig.KubeconfigCommand;
import dev.ballast.cli.lb.LbCommand;
import dev.ballast.cli.mesh.MeshCommand;
import dev.ballast.cli.registry.RegistryCommand;
import dev.ballast.cli.tasks.TasksCommand;
import dev.ballast.cli.up.HostCommand;
import dev.ballast.cli.up.UpCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code ballast} command. Exit codes: 0 success, 1 failure, 2 usage; a command that has others
 * lists them in its help. Results go to standard output, everything else to standard error.
 */
@Command(
    name = "ballast",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Ballast.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "What a cloud gives a Kubernetes cluster, for machines you own.",
    footer = {"", "Run 'ballast COMMAND --help' for what a command does and its options."},
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:success", "1:failure", "2:the command line was not understood"})
final class Ballast implements Runnable, CommandTree.Group {
  private static final List<Class<?>> COMMANDS =
      List.of(
          UpCommand.class,
          InitCommand.class,
          JoinCommand.class,
          ResetCommand.class,
          TokenCommand.class,
          ConfigCommand.class,
          CertsCommand.class,
          KubeconfigCommand.class,
          LbCommand.class,
          MeshCommand.class,
          BuildxCommand.class,
          BuildCommand.class,
          RegistryCommand.class,
          TasksCommand.class,
          CompletionCommand.class,
          HelpCommand.class,
          HostCommand.class,
          WarmUpCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = {"-v", "--v", "--verbose"},
      scope = ScopeType.INHERIT,
      parameterConsumer = Verbosity.class,
      description = "Show the trace of an error.")
  private boolean verbose;

  private Ballast() {}

  @Override
  public List<Class<?>> commands() {
    return COMMANDS;
  }

  /** The command, as {@link Main} runs it with these arguments. */
  static CommandLine commandLine(String... arguments) {
    CommandLine cli = CommandTree.asked(new Ballast(), arguments);
    cli.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    cli.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    cli.setUsageHelpAutoWidth(true);
    cli.setCaseInsensitiveEnumValuesAllowed(true);
    cli.setExecutionExceptionHandler(new Complaint());
    cli.setParameterExceptionHandler(Complaint::ofUsage);
    return cli;
  }

  /** Returns all commands, for what describes them. */
  static CommandLine whole() {
    return CommandTree.whole(new Ballast());
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Whether the caller asked for traces. */
  static boolean verbose(CommandLine cli) {
    return root(cli).getCommand() instanceof Ballast ballast && ballast.verbose;
  }

  private static CommandLine root(CommandLine cli) {
    CommandLine at = cli;
    while (at.getParent() != null) {
      at = at.getParent();
    }
    return at;
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Main.version()};
    }
  }
}
