package dev.ballast.images.build;

import dev.ballast.images.dockerfile.Heredoc;
import dev.ballast.images.dockerfile.Instruction;
import dev.ballast.images.run.RootMount;
import dev.ballast.images.run.Step;
import dev.ballast.images.run.StepMount;
import dev.ballast.images.store.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code RUN}. */
final class RunStep {
  private final StageBuild stage;
  private final Instruction.Program program;

  RunStep(StageBuild stage, Instruction.Program program) {
    this.stage = stage;
    this.program = program;
  }

  void apply() throws IOException {
    String network = stage.engine.request.network().orElse("default");
    List<StepMount> mounts = new ArrayList<>();
    StringBuilder mountKey = new StringBuilder();
    for (String flag : program.line().flags()) {
      String value = flag.substring(flag.indexOf('=') + 1);
      if (flag.startsWith("--network=")) {
        network = stage.expand(value);
      } else if (flag.startsWith("--mount=")) {
        mountKey.append(flag).append('\n');
        mounts.add(mount(value, mountKey));
      } else if (!flag.equals("--security=sandbox")) {
        throw new BuildFailure("RUN " + flag + " is not supported yet");
      }
    }
    if (!List.of("default", "none", "host").contains(network)) {
      throw new BuildFailure("unsupported network mode \"" + network + "\"");
    }
    Binfmt.require(stage.running);
    List<String> words = words();
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", StageBuild.PATH);
    environment.putAll(stage.arguments);
    environment.putAll(stage.environment);
    String user = stage.config.path("User").asText();
    String directory = stage.config.path("WorkingDir").asText("/");
    String made =
        Digests.key(
            "run",
            stage.running,
            stage.key,
            words,
            environment,
            user,
            directory,
            network,
            mountKey,
            stage.engine.salt);
    List<String> below = List.copyOf(stage.layers);
    boolean alone = network.equals("none");
    String shown = program.line().rest();
    Path layer =
        stage.engine.steps.layer(
            made,
            stage.stepName("RUN " + shown.strip()),
            (place, number) -> {
              RootMount mount = new RootMount(stage.engine.store.root(), below, place);
              Step step =
                  new Step(
                      words,
                      environment,
                      directory.isEmpty() ? "/" : directory,
                      user,
                      alone,
                      mounts,
                      stage.engine.request.hosts());
              int code =
                  stage.engine.runner.run(
                      mount, step, line -> stage.engine.progress.log(number, line));
              if (code != 0) {
                throw new BuildFailure(
                    "process \""
                        + String.join(" ", words)
                        + "\" did not complete successfully: exit code: "
                        + code);
              }
              mount.removeMountPoints();
            });
    String given =
        stage.arguments.isEmpty()
            ? ""
            : "|"
                + stage.arguments.size()
                + " "
                + stage.arguments.entrySet().stream()
                    .map(e -> e.getKey() + "=" + e.getValue())
                    .collect(Collectors.joining(" "))
                + " ";
    stage.added(made, layer, "RUN " + given + String.join(" ", words) + " # buildkit");
  }

  private List<String> words() {
    if (!program.shell()) {
      if (program.words().isEmpty()) {
        throw new BuildFailure("RUN requires at least one argument");
      }
      return program.words();
    }
    List<Heredoc> heredocs = program.line().heredocs();
    String text = program.words().getFirst();
    if (!heredocs.isEmpty()) {
      boolean alone = text.strip().matches("\\d*<<-?\\s*\\S+");
      if (alone && heredocs.getFirst().content().startsWith("#!")) {
        throw new BuildFailure(
            "RUN with a heredoc that starts with #! is not supported yet: name the interpreter, as in RUN python3 <<EOF");
      }
      if (alone) {
        text = heredocs.getFirst().content();
      } else {
        StringBuilder whole = new StringBuilder(text).append('\n');
        for (Heredoc each : heredocs) {
          whole.append(each.content()).append(each.name()).append('\n');
        }
        text = whole.toString();
      }
    }
    List<String> words = new ArrayList<>(stage.shell);
    words.add(text);
    return words;
  }

  private StepMount mount(String text, StringBuilder key) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String each : text.split(",")) {
      int equals = each.indexOf('=');
      String name =
          (equals < 0 ? each : each.substring(0, equals)).toLowerCase(java.util.Locale.ROOT);
      fields.put(name, equals < 0 ? "true" : stage.expand(each.substring(equals + 1)));
    }
    String type = fields.getOrDefault("type", "bind");
    String target = first(fields, "", "target", "dst", "destination");
    if (!target.isEmpty() && !target.startsWith("/")) {
      target = "/" + CopySource.clean(stage.config.path("WorkingDir").asText("/") + "/" + target);
    }
    return switch (type) {
      case "bind" -> bind(fields, target, key);
      case "cache" -> cache(fields, target);
      case "tmpfs" -> new StepMount.Tmpfs(needed(target, text), fields.getOrDefault("size", ""));
      case "secret" -> secret(fields, target);
      case "ssh" -> throw new BuildFailure("RUN --mount=type=ssh is not supported yet");
      default -> throw new BuildFailure("unsupported mount type \"" + type + "\"");
    };
  }

  private static String needed(String target, String text) {
    if (target.isEmpty()) {
      throw new BuildFailure("invalid mount config: " + text + ": field Target must not be empty");
    }
    return target;
  }

  private static String first(Map<String, String> fields, String otherwise, String... names) {
    for (String name : names) {
      if (fields.containsKey(name)) {
        return fields.getOrDefault(name, otherwise);
      }
    }
    return otherwise;
  }

  private StepMount bind(Map<String, String> fields, String target, StringBuilder key)
      throws IOException {
    String source = first(fields, "/", "source", "src");
    boolean writable = first(fields, "false", "rw", "readwrite").equals("true");
    String from = fields.getOrDefault("from", "");
    if (from.isEmpty() || stage.directoryContext(from).isPresent()) {
      Path context =
          from.isEmpty()
              ? stage.engine.request.context()
              : stage.directoryContext(from).orElseThrow();
      CopySource files =
          new CopySource(
              context,
              stage.engine.ignored,
              dev.ballast.images.dockerfile.IgnorePatterns.of(List.of()));
      key.append(files.digest(files.match(source).getFirst()));
      return new StepMount.Bind(needed(target, "bind"), List.of(), context, source, writable);
    }
    List<String> layers = CopyStep.layersOf(stage, from);
    key.append(String.join(",", layers));
    return new StepMount.Bind(needed(target, "bind"), layers, Path.of(""), source, writable);
  }

  private StepMount cache(Map<String, String> fields, String target) throws IOException {
    String sharing = fields.getOrDefault("sharing", "shared");
    if (!sharing.equals("shared")) {
      throw new BuildFailure(
          "RUN --mount=type=cache,sharing=" + sharing + " is not supported yet: only shared is");
    }
    if (fields.containsKey("from")) {
      throw new BuildFailure("RUN --mount=type=cache,from= is not supported yet");
    }
    String id = fields.getOrDefault("id", needed(target, "cache"));
    Path directory =
        stage.engine.store.root().resolve("cache").resolve(Digests.key(id, stage.platform));
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Files.setAttribute(
          directory, "unix:mode", Integer.parseInt(fields.getOrDefault("mode", "0755"), 8));
      dev.ballast.linux.file.DeviceFiles.owner(
          directory,
          Integer.parseInt(fields.getOrDefault("uid", "0")),
          Integer.parseInt(fields.getOrDefault("gid", "0")));
    }
    return new StepMount.Cache(
        target, directory, first(fields, "false", "ro", "readonly").equals("true"));
  }

  private StepMount secret(Map<String, String> fields, String target) {
    if (fields.containsKey("env")) {
      throw new BuildFailure("RUN --mount=type=secret,env= is not supported yet");
    }
    String id = first(fields, target.substring(target.lastIndexOf('/') + 1), "id", "source", "src");
    byte[] content = stage.engine.request.secrets().get(id);
    if (content == null) {
      if (fields.getOrDefault("required", "false").equals("true")) {
        throw new BuildFailure(
            "secret " + id + ": not found; give it with --secret id=" + id + ",src=FILE");
      }
      return new StepMount.Tmpfs("/run/secrets", "");
    }
    return new StepMount.Secret(
        target.isEmpty() ? "/run/secrets/" + id : target,
        content,
        Integer.parseInt(fields.getOrDefault("mode", "0400"), 8),
        Integer.parseInt(fields.getOrDefault("uid", "0")),
        Integer.parseInt(fields.getOrDefault("gid", "0")));
  }
}
