package dev.ballast.images.dockerfile;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What one line asks for; variables are not yet expanded. */
public sealed interface Instruction {
  /** Returns the line it was read from. */
  Line line();

  /** {@code FROM}. */
  record From(Line line, String image, Optional<String> platform, Optional<String> name)
      implements Instruction {}

  /** {@code ARG}; a name without a value has an empty one. */
  record Arg(Line line, Map<String, Optional<String>> names) implements Instruction {}

  /** {@code ENV}. */
  record Env(Line line, Map<String, String> values) implements Instruction {}

  /** {@code LABEL}. */
  record Label(Line line, Map<String, String> values) implements Instruction {}

  /** {@code COPY} and {@code ADD}; the last path is the destination. */
  record Copy(Line line, boolean add, List<String> paths, CopyFlags flags) implements Instruction {}

  /** {@code RUN}, {@code CMD}, {@code ENTRYPOINT}. */
  record Program(Line line, boolean shell, List<String> words) implements Instruction {}

  /** {@code WORKDIR}, {@code USER}, {@code STOPSIGNAL}, {@code MAINTAINER}. */
  record One(Line line, String value) implements Instruction {}

  /** {@code EXPOSE}, {@code VOLUME}. */
  record Several(Line line, List<String> values) implements Instruction {}

  /** {@code SHELL}. */
  record Shell(Line line, List<String> words) implements Instruction {}

  /** {@code HEALTHCHECK}; no test means {@code NONE}. */
  record Healthcheck(Line line, Optional<Program> test, Map<String, String> options)
      implements Instruction {}

  /** {@code ONBUILD}; the instruction as written, for the image's configuration. */
  record Onbuild(Line line, String trigger) implements Instruction {}

  /** Flags of {@code COPY} and {@code ADD}. */
  record CopyFlags(
      Optional<String> from,
      Optional<String> chown,
      Optional<String> chmod,
      boolean link,
      boolean parents,
      List<String> exclude,
      Optional<String> checksum,
      Optional<Boolean> unpack,
      boolean keepGitDir) {
    public CopyFlags {
      exclude = List.copyOf(exclude);
    }
  }
}
