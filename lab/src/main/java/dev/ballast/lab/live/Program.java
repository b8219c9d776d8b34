package dev.ballast.lab.live;

import java.util.List;
import java.util.Map;

/**
 * What runs on a host.
 *
 * @param arguments the program and its arguments
 * @param environment in addition to {@code PATH}, {@code LANG} and {@code HOME}
 */
public record Program(List<String> arguments, Map<String, String> environment) {
  public Program {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /** Without further environment. */
  public static Program of(String... arguments) {
    return new Program(List.of(arguments), Map.of());
  }

  /** What a host runs that only has to be there. */
  public static Program idle() {
    return of("sleep", "infinity");
  }
}
