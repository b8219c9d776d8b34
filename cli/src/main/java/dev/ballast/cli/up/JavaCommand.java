package dev.ballast.cli.up;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this program is started: its Java, options and class path. */
final class JavaCommand {
  private static final String MAIN = "dev.ballast.cli.Main";

  /** What a node needs is little, and there are three of them beside everything else. */
  private static final List<String> SMALL =
      List.of(
          "-Xms8m",
          "-Xmx40m",
          "-Xss256k",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:TieredStopAtLevel=1",
          "-XX:CICompilerCount=1",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData");

  private JavaCommand() {}

  /** This program again, with the same options. */
  static List<String> again(List<String> arguments) {
    return command(options(), arguments);
  }

  /** This program as a small process. */
  static List<String> small(List<String> arguments) {
    List<String> options = new ArrayList<>(options());
    options.removeIf(option -> option.equals("-XX:+TieredCompilation"));
    options.addAll(SMALL);
    return command(options, arguments);
  }

  private static List<String> command(List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
    command.addAll(arguments);
    return command;
  }

  private static List<String> options() {
    try {
      return options(
          Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8).split("\0"));
    } catch (IOException e) {
      return options(new String[0]);
    }
  }

  /** Those of a command line that hold for another process too. */
  static List<String> options(String[] words) {
    List<String> options = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      String word = words[i];
      if (word.equals("-cp") || word.equals("-classpath") || word.equals("--class-path")) {
        i++;
      } else if (!word.startsWith("-") && !word.startsWith("@")) {
        break;
      } else if (word.equals("-jar")) {
        break;
      } else if (!word.startsWith("-agent")
          && !word.startsWith("-javaagent")
          && !word.startsWith("-Xm")
          && !word.startsWith("-Xrunjdwp")) {
        options.add(word);
      }
    }
    if (options.stream().noneMatch(o -> o.startsWith("@") || o.contains("native-access"))) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    return options;
  }
}
