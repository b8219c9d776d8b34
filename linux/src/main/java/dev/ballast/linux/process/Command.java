package dev.ballast.linux.process;

import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A program to start and the surroundings it gets. Immutable: each method gives a changed copy.
 *
 * @param arguments the program, by path or looked up in the {@code PATH} of {@code environment},
 *     and its arguments
 * @param environment all of it
 * @param directory the working directory, resolved inside the child's mount namespace
 * @param namespaces entered first, in this order; they must stay open until the start returned
 * @param fresh kinds of which the child gets new ones, after entering the others
 * @param prepare runs in the parent on the starting thread, inside the namespaces, before the
 *     start: mounts, host name. Whatever it changes beyond the namespaces stays changed
 * @param newUser whether the child becomes root of a new user namespace (by {@code unshare(1)})
 */
public record Command(
    List<String> arguments,
    Map<String, String> environment,
    Path directory,
    Stdio input,
    Stdio output,
    Stdio error,
    List<Namespace> namespaces,
    Set<NamespaceKind> fresh,
    Runnable prepare,
    boolean newUser) {

  public Command {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    namespaces = List.copyOf(namespaces);
    fresh = Set.copyOf(fresh);
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("a command needs a program");
    }
    if (fresh.contains(NamespaceKind.USER) || fresh.contains(NamespaceKind.PID)) {
      throw new IllegalArgumentException(
          "a process of several threads cannot start children in fresh " + fresh);
    }
    if (!(input instanceof Stdio.Null
        || input instanceof Stdio.Inherit
        || input instanceof Stdio.Pipe
        || input instanceof Stdio.FromFile)) {
      throw new IllegalArgumentException("not an input: " + input);
    }
    if (output instanceof Stdio.FromFile || error instanceof Stdio.FromFile) {
      throw new IllegalArgumentException("not outputs: " + output + ", " + error);
    }
  }

  /** This program in this process's environment and directory, with no input, outputs inherited. */
  public static Command of(List<String> arguments) {
    return new Command(
        arguments,
        System.getenv(),
        Path.of("").toAbsolutePath(),
        new Stdio.Null(),
        new Stdio.Inherit(),
        new Stdio.Inherit(),
        List.of(),
        Set.of(),
        () -> {},
        false);
  }

  public static Command of(String... arguments) {
    return of(List.of(arguments));
  }

  /** With one more environment variable. */
  public Command environment(String name, String value) {
    Map<String, String> changed = new LinkedHashMap<>(environment);
    changed.put(name, value);
    return new Command(
        arguments, changed, directory, input, output, error, namespaces, fresh, prepare, newUser);
  }

  public Command directory(Path to) {
    return new Command(
        arguments, environment, to, input, output, error, namespaces, fresh, prepare, newUser);
  }

  public Command input(Stdio from) {
    return new Command(
        arguments,
        environment,
        directory,
        from,
        output,
        error,
        namespaces,
        fresh,
        prepare,
        newUser);
  }

  public Command output(Stdio to) {
    return new Command(
        arguments, environment, directory, input, to, error, namespaces, fresh, prepare, newUser);
  }

  public Command error(Stdio to) {
    return new Command(
        arguments, environment, directory, input, output, to, namespaces, fresh, prepare, newUser);
  }

  /** In one more existing namespace. */
  public Command in(Namespace namespace) {
    List<Namespace> more = new ArrayList<>(namespaces);
    more.add(namespace);
    return new Command(
        arguments, environment, directory, input, output, error, more, fresh, prepare, newUser);
  }

  /** In new namespaces of these kinds; a new mount namespace is made private to the child. */
  public Command inFresh(NamespaceKind... kinds) {
    Set<NamespaceKind> more = EnumSet.noneOf(NamespaceKind.class);
    more.addAll(fresh);
    more.addAll(List.of(kinds));
    return new Command(
        arguments,
        environment,
        directory,
        input,
        output,
        error,
        namespaces,
        more,
        prepare,
        newUser);
  }

  /** With this run inside the namespaces before the start. */
  public Command prepare(Runnable body) {
    return new Command(
        arguments, environment, directory, input, output, error, namespaces, fresh, body, newUser);
  }

  /** As root of a new user namespace that maps only the caller. */
  public Command asRootOfNewUserNamespace() {
    return new Command(
        arguments, environment, directory, input, output, error, namespaces, fresh, prepare, true);
  }
}
