package dev.ballast.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the openssl command. */
public final class Openssl {
  private Openssl() {}

  /** Returns what it printed; it must end with 0. The words of the line are split at blanks. */
  public static String ok(Path directory, String line) throws IOException, InterruptedException {
    return run(directory, line).orFail();
  }

  /** Returns what it printed; it must end with 0. */
  public static String ok(Path directory, String first, String second, String... more)
      throws IOException, InterruptedException {
    return run(directory, first, second, more).orFail();
  }

  /** Runs it to whatever end. The words of the line are split at blanks. */
  public static Ran run(Path directory, String line) throws IOException, InterruptedException {
    return run(directory, List.of(line.split(" ", -1)));
  }

  /** Runs it to whatever end. */
  public static Ran run(Path directory, String first, String second, String... more)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(first, second));
    words.addAll(List.of(more));
    return run(directory, words);
  }

  private static Ran run(Path directory, List<String> words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ReferenceProgram.required("openssl").toString());
    command.addAll(words);
    return Ran.of(directory, Map.of(), command, "");
  }
}
