package dev.ballast.bootstrap.phase;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A step of a command, which can also be run alone: {@code init phase NAME}. A step may be
 * repeated: what it finds done it leaves.
 *
 * @param name as it is given on the command line
 * @param description one sentence
 * @param needs the files without which it cannot begin
 * @param run does it; of a step that consists of others, nothing
 * @param children the steps that it consists of
 * @param <C> what the steps of a command share
 */
public record Phase<C>(
    String name,
    String description,
    Function<C, List<Path>> needs,
    Consumer<C> run,
    List<Phase<C>> children) {

  /** Makes a step that needs nothing. */
  public static <C> Phase<C> of(String name, String description, Consumer<C> run) {
    return new Phase<>(name, description, _ -> List.of(), run, List.of());
  }

  /** Makes a step that consists of others. */
  public static <C> Phase<C> group(String name, String description, List<Phase<C>> children) {
    return new Phase<>(name, description, _ -> List.of(), _ -> {}, children);
  }

  /** The same step, which cannot begin without some files. */
  public Phase<C> needing(Function<C, List<Path>> files) {
    return new Phase<>(name, description, files, run, children);
  }

  /** Returns the files that are missing for it to begin. */
  public List<Path> missing(C context) {
    return needs.apply(context).stream().filter(Files::notExists).toList();
  }

  /** Returns the names of this step and of those below it, as {@code certs/apiserver}. */
  public List<String> names() {
    var names = new ArrayList<String>(List.of(name));
    children.forEach(child -> child.names().forEach(below -> names.add(name + "/" + below)));
    return names;
  }

  Stream<Phase<C>> leaves() {
    return children.isEmpty() ? Stream.of(this) : children.stream().flatMap(Phase::leaves);
  }
}
