package dev.ballast.cli.registry;

import dev.ballast.cli.Threads;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Platform;
import dev.ballast.oci.client.ImageCopy;
import dev.ballast.oci.client.ImageDestination;
import dev.ballast.oci.client.ImageSource;
import dev.ballast.oci.client.RegistryClient;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast registry copy}. */
@Command(
    name = "copy",
    description = {
      "Copies an image, byte for byte.",
      "A name is docker://REGISTRY/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG], dir:DIR or"
          + " store:DIR:REPOSITORY[:TAG]; without a transport it is docker://."
    })
final class CopyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClientMixin client;

  @Parameters(index = "0", paramLabel = "SOURCE", description = "What to copy.")
  private String source = "";

  @Parameters(index = "1", paramLabel = "DESTINATION", description = "Where to.")
  private String destination = "";

  @Option(
      names = {"-a", "--all"},
      description = "Copy the images of all platforms (default: that of this machine).")
  private boolean all;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description = "Copy the image of this platform.")
  private Optional<String> platform = Optional.empty();

  @Option(
      names = "--referrers",
      description = "Copy what is about the image too: signatures, bills of materials.")
  private boolean referrers;

  @Option(
      names = "--src-tls-verify",
      arity = "1",
      paramLabel = "BOOL",
      defaultValue = "true",
      description = "Verify the source's TLS; false allows none too (default: ${DEFAULT-VALUE}).")
  private boolean sourceTls = true;

  @Option(
      names = "--dest-tls-verify",
      arity = "1",
      paramLabel = "BOOL",
      defaultValue = "true",
      description = "The same for the destination (default: ${DEFAULT-VALUE}).")
  private boolean destinationTls = true;

  @Option(
      names = "--src-creds",
      paramLabel = "USER:PASSWORD",
      description = "Who reads (default: as docker login has it).")
  private Optional<String> sourceCredentials = Optional.empty();

  @Option(names = "--dest-creds", paramLabel = "USER:PASSWORD", description = "Who writes.")
  private Optional<String> destinationCredentials = Optional.empty();

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only the digest.")
  private boolean quiet;

  @Override
  public Integer call() throws Exception {
    ImageName from = parse(source);
    ImageName to = parse(destination);
    PrintWriter err = spec.commandLine().getErr();
    try (RegistryClient reader =
            RegistryClient.open(client.options(sourceTls, sourceCredentials), Threads.TASKS);
        RegistryClient writer =
            RegistryClient.open(
                client.options(destinationTls, destinationCredentials), Threads.TASKS);
        ImageSource in = from.source(reader);
        ImageDestination out = to.destination(writer)) {
      Descriptor copied =
          ImageCopy.run(
              writer,
              in,
              out,
              new ImageCopy.Options(
                  all, referrers, platform.map(Platform::parse).orElseGet(Platform::here)),
              text -> {
                if (!quiet) {
                  err.println(text);
                }
              });
      spec.commandLine().getOut().println(copied.digest());
    }
    return 0;
  }

  private ImageName parse(String text) {
    try {
      return ImageName.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
  }
}
