package dev.ballast.cli;

/** Where the process starts. Answers {@code --version} before the command tree is loaded. */
final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    if (arguments.length == 1 && (arguments[0].equals("--version") || arguments[0].equals("-V"))) {
      System.out.println(version());
      return;
    }
    // Logs are one line each, on standard error.
    System.setProperty(
        "java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL %4$s %3$s: %5$s%6$s%n");
    int exitCode = Ballast.commandLine(arguments).execute(arguments);
    System.out.flush();
    System.exit(exitCode);
  }

  /** The version that the build wrote into the jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return "ballast " + (version == null ? "(unpackaged)" : version);
  }
}
