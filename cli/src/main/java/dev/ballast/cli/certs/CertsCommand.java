package dev.ballast.cli.certs;

import dev.ballast.cli.CommandTree;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ballast certs}: kubeadm's certificate commands, and what goes beyond them. */
@Command(
    name = "certs",
    exitCodeOnInvalidInput = 1,
    aliases = "certificates",
    synopsisSubcommandLabel = "COMMAND",
    description = "Looks after the certificates of a kubeadm cluster.")
public final class CertsCommand implements Runnable, CommandTree.Group {
  private static final List<Class<?>> COMMANDS =
      List.of(
          CheckExpirationCommand.class,
          RenewCommand.class,
          GenerateCsrCommand.class,
          CertsCheckCommand.class,
          CertsRestoreCommand.class,
          CertsRecoverCommand.class,
          CertsRotateCommand.class,
          CertsAgentCommand.class);

  /** The size of the key that encrypts uploaded certificates: AES-256. */
  private static final int KEY_SIZE = 32;

  @Spec private CommandSpec spec;

  @Override
  public List<Class<?>> commands() {
    return COMMANDS;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  @Command(
      name = "certificate-key",
      exitCodeOnInvalidInput = 1,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {"0:printed", "1:the command line was not understood"},
      description = "Prints a new random key for 'init --upload-certs': 64 hexadecimal digits.")
  int certificateKey() {
    byte[] key = new byte[KEY_SIZE];
    new SecureRandom().nextBytes(key);
    spec.commandLine().getOut().print(HexFormat.of().formatHex(key) + "\n");
    spec.commandLine().getOut().flush();
    return 0;
  }
}
