package dev.ballast.cli;

/** Where the process starts. Answers {@code --version} before the command tree is loaded. */
final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    if (arguments.length == 1 && (arguments[0].equals("--version") || arguments[0].equals("-V"))) {
      System.out.println(version());
      return;
    }
    int exitCode = Ballast.commandLine().execute(arguments);
    System.out.flush();
    System.exit(exitCode);
  }

  /** The version that the build wrote into the jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return "ballast " + (version == null ? "(unpackaged)" : version);
  }
}
