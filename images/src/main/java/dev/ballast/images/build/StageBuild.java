package dev.ballast.images.build;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.images.Platform;
import dev.ballast.images.dockerfile.Dockerfile;
import dev.ballast.images.dockerfile.DockerfileException;
import dev.ballast.images.dockerfile.Expansion;
import dev.ballast.images.dockerfile.Instruction;
import dev.ballast.images.run.RootMount;
import dev.ballast.images.store.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Solves one stage for one platform, an instruction after the other. */
final class StageBuild {
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  final Engine engine;
  final int index;
  final Platform platform;
  final Dockerfile.Stage stage;
  final char escape;
  final Map<String, String> builtIn;
  final List<String> layers = new ArrayList<>();
  final Map<String, String> arguments = new LinkedHashMap<>();
  final Map<String, String> environment = new LinkedHashMap<>();
  ObjectNode image = JSON.objectNode();
  ObjectNode config = JSON.objectNode();
  ArrayNode history = JSON.arrayNode();
  List<String> shell = List.of("/bin/sh", "-c");
  String key = "scratch";

  /** What the programs of this stage are for; {@code FROM --platform} may say another. */
  Platform running;

  String created = "1970-01-01T00:00:00Z";
  private int number = 1;
  private int steps = 1;
  private boolean commandSet;

  StageBuild(Engine engine, int index, Platform platform) {
    this.engine = engine;
    this.index = index;
    this.platform = platform;
    this.running = platform;
    this.stage = engine.dockerfile.stages().get(index);
    this.escape = engine.dockerfile.directives().escape();
    this.builtIn = platformArguments(platform);
  }

  static Map<String, String> platformArguments(Platform platform) {
    Map<String, String> found = new TreeMap<>();
    Platform host = Platform.host();
    for (Map.Entry<String, Platform> each : Map.of("TARGET", platform, "BUILD", host).entrySet()) {
      found.put(each.getKey() + "PLATFORM", each.getValue().toString());
      found.put(each.getKey() + "OS", each.getValue().os());
      found.put(each.getKey() + "ARCH", each.getValue().architecture());
      found.put(each.getKey() + "VARIANT", each.getValue().variant());
    }
    return found;
  }

  Engine.Stage build() throws IOException {
    int line = stage.from().line().first();
    try {
      startOthers();
      from();
      steps = 1 + (int) stage.instructions().stream().filter(StageBuild::makesLayer).count();
      List<Instruction> triggers = triggers();
      for (Instruction next : triggers) {
        line = next.line().first();
        apply(next);
      }
      for (Instruction next : stage.instructions()) {
        line = next.line().first();
        apply(next);
      }
      engine
          .request
          .labels()
          .forEach((name, value) -> config.withObject("/Labels").put(name, value));
      return new Engine.Stage(layers, finished());
    } catch (DockerfileException e) {
      throw e;
    } catch (BuildFailure | IllegalArgumentException | IOException e) {
      throw new DockerfileException(line, String.valueOf(e.getMessage()));
    }
  }

  private static boolean makesLayer(Instruction next) {
    return next instanceof Instruction.Copy
        || (next instanceof Instruction.Program && next.line().keyword().equals("RUN"))
        || (next instanceof Instruction.One && next.line().keyword().equals("WORKDIR"));
  }

  // What this stage needs from others begins before its first step.
  private void startOthers() {
    for (Instruction next : stage.instructions()) {
      if (next instanceof Instruction.Copy copy && copy.flags().from().isPresent()) {
        engine
            .dockerfile
            .stage(copy.flags().from().get(), index)
            .ifPresent(other -> {
              var unused = engine.start(other, platform);
            });
      }
    }
  }

  private void from() throws IOException {
    Map<String, String> globals = engine.dockerfile.globals(engine.request.arguments(), builtIn);
    String name = Expansion.expand(stage.from().image(), escape, globals);
    if (name.isEmpty()) {
      throw new BuildFailure("base name (" + stage.from().image() + ") should not be blank");
    }
    Platform wanted =
        stage
            .from()
            .platform()
            .map(text -> Platform.parse(Expansion.expand(text, escape, globals)))
            .orElse(platform);
    running = wanted;
    Optional<Integer> other = engine.dockerfile.stage(name, index);
    if (other.isPresent()) {
      Engine.Stage base = Engine.await(engine.start(other.get(), wanted));
      start(base.layers(), base.image().deepCopy());
      return;
    }
    if (name.equals("scratch")) {
      ObjectNode empty = JSON.objectNode();
      start(List.of(), empty);
      config.putArray("Env").add("PATH=" + PATH);
      environment.put("PATH", PATH);
      config.put("WorkingDir", "/");
      return;
    }
    Bases.Base base = base(name, wanted);
    start(base.layers(), base.image());
  }

  /** Gets an image by name or named context. */
  Bases.Base base(String name, Platform wanted) throws IOException {
    int step = engine.progress.begin("[internal] load metadata for " + name + " (" + wanted + ")");
    try {
      String context = engine.request.contexts().getOrDefault(name, "docker-image://" + name);
      Bases.Base found;
      if (context.startsWith("oci-layout://")) {
        found = engine.bases.layout(context.substring("oci-layout://".length()), wanted);
      } else if (context.startsWith("docker-image://")) {
        found = engine.bases.pull(context.substring("docker-image://".length()), wanted);
      } else {
        throw new BuildFailure("context " + name + " is a directory; FROM needs an image");
      }
      engine.progress.done(step);
      return found;
    } catch (IOException e) {
      engine.progress.failed(step, String.valueOf(e.getMessage()));
      throw new BuildFailure(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      engine.progress.failed(step, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private void start(List<String> from, ObjectNode base) {
    layers.addAll(from);
    image = base;
    config = base.has("config") ? (ObjectNode) base.get("config") : base.putObject("config");
    JsonNode before = base.path("history");
    history = before.isArray() ? (ArrayNode) before : JSON.arrayNode();
    for (JsonNode each : config.path("Env")) {
      int equals = each.asText().indexOf('=');
      environment.put(each.asText().substring(0, equals), each.asText().substring(equals + 1));
    }
    if (config.path("Shell").isArray()) {
      shell = strings(config.path("Shell"));
    }
    created = base.path("created").asText(created);
    key = Digests.key(String.join(",", from));
    commandSet = false;
  }

  static List<String> strings(JsonNode array) {
    List<String> found = new ArrayList<>();
    array.forEach(each -> found.add(each.asText()));
    return found;
  }

  private List<Instruction> triggers() {
    List<Instruction> found = new ArrayList<>();
    for (String trigger : strings(config.path("OnBuild"))) {
      found.add(engine.dockerfile.trigger(trigger, stage.from().line().first()));
    }
    config.remove("OnBuild");
    return found;
  }

  Map<String, String> variables() {
    Map<String, String> all = new LinkedHashMap<>(arguments);
    all.putAll(environment);
    return all;
  }

  String expand(String word) {
    return Expansion.expand(word, escape, variables());
  }

  String stepName(String text) {
    boolean several = engine.request.platforms().size() > 1;
    String name = stage.from().name().orElse("stage-" + index);
    return "["
        + (several ? platform + " " : "")
        + name
        + " "
        + ++number
        + "/"
        + steps
        + "] "
        + text;
  }

  private void apply(Instruction next) throws IOException {
    switch (next) {
      case Instruction.From from ->
          throw new BuildFailure("FROM inside of a stage: " + from.image());
      case Instruction.Arg arg -> argument(arg);
      case Instruction.Env env -> env(env);
      case Instruction.Label label -> label(label);
      case Instruction.Copy copy -> new CopyStep(this, copy).apply();
      case Instruction.Program program -> program(program);
      case Instruction.One one -> one(one);
      case Instruction.Several several -> several(several);
      case Instruction.Shell given -> {
        shell = given.words();
        ArrayNode words = config.putArray("Shell");
        shell.forEach(words::add);
        metadata("SHELL " + GoText.quoted(shell));
      }
      case Instruction.Healthcheck check -> healthcheck(check);
      case Instruction.Onbuild onbuild -> {
        config.withArray("/OnBuild").add(onbuild.trigger());
        metadata("ONBUILD " + onbuild.trigger());
      }
    }
  }

  private void argument(Instruction.Arg arg) {
    Map<String, String> globals = engine.dockerfile.globals(engine.request.arguments(), builtIn);
    arg.names()
        .forEach((name, value) -> {
          String found = engine.request.arguments().get(name);
          if (found == null && value.isPresent()) {
            found = expand(value.get());
          }
          if (found == null) {
            found = globals.get(name);
          }
          if (found != null) {
            arguments.put(name, found);
          }
          metadata("ARG " + name + (found == null ? "" : "=" + found));
        });
  }

  private void env(Instruction.Env env) {
    Map<String, String> before = variables();
    StringBuilder text = new StringBuilder("ENV");
    env.values()
        .forEach((name, value) -> {
          String expanded = Expansion.expand(value, escape, before);
          environment.put(expand(name), expanded);
          text.append(' ').append(name).append('=').append(expanded);
        });
    ArrayNode all = config.putArray("Env");
    environment.forEach((name, value) -> all.add(name + "=" + value));
    metadata(text.toString());
  }

  private void label(Instruction.Label label) {
    StringBuilder text = new StringBuilder("LABEL");
    label
        .values()
        .forEach((name, value) -> {
          config.withObject("/Labels").put(expand(name), expand(value));
          text.append(' ').append(expand(name)).append('=').append(expand(value));
        });
    metadata(text.toString());
  }

  private void program(Instruction.Program program) throws IOException {
    switch (program.line().keyword()) {
      case "RUN" -> new RunStep(this, program).apply();
      case "CMD" -> {
        commandSet = true;
        put("Cmd", program);
        if (program.shell()) {
          config.put("ArgsEscaped", true);
        } else {
          config.remove("ArgsEscaped");
        }
      }
      default -> {
        put("Entrypoint", program);
        if (!commandSet) {
          config.remove("Cmd");
        }
      }
    }
  }

  private void put(String field, Instruction.Program program) {
    List<String> words = words(program);
    ArrayNode array = config.putArray(field);
    words.forEach(array::add);
    metadata(program.line().keyword() + " " + GoText.quoted(words));
  }

  List<String> words(Instruction.Program program) {
    if (!program.shell() || program.words().isEmpty()) {
      return program.words();
    }
    List<String> words = new ArrayList<>(shell);
    words.add(program.words().getFirst());
    return words;
  }

  private void one(Instruction.One one) throws IOException {
    switch (one.line().keyword()) {
      case "WORKDIR" -> workdir(expand(one.value()));
      case "USER" -> {
        config.put("User", expand(one.value()));
        metadata("USER " + expand(one.value()));
      }
      case "STOPSIGNAL" -> {
        config.put("StopSignal", expand(one.value()));
        metadata("STOPSIGNAL " + expand(one.value()));
      }
      default -> {
        image.put("author", one.value());
        metadata("MAINTAINER " + one.value());
      }
    }
  }

  private void workdir(String given) throws IOException {
    String joined =
        given.startsWith("/") ? given : config.path("WorkingDir").asText("/") + "/" + given;
    String directory = "/" + CopySource.clean(joined);
    config.put("WorkingDir", directory);
    String user = config.path("User").asText();
    String made = Digests.key("workdir", key, directory, user, engine.salt);
    List<String> below = List.copyOf(layers);
    Path layer =
        engine.steps.layer(
            made,
            stepName("WORKDIR " + directory),
            (place, _) -> {
              RootMount mount = new RootMount(engine.store.root(), below, place);
              var unused =
                  engine.views.with(
                      "WORKDIR",
                      true,
                      List.of(mount),
                      roots -> CopyStep.makeDirectory(roots.getFirst(), directory, user));
            });
    added(made, layer, "WORKDIR " + directory);
  }

  private void several(Instruction.Several several) {
    List<String> words = new ArrayList<>();
    for (String each : several.values()) {
      String expanded = expand(each);
      words.addAll(List.of(expanded.split("\\s+")));
    }
    if (several.line().keyword().equals("VOLUME")) {
      words.forEach(each -> config.withObject("/Volumes").putObject(each));
      metadata("VOLUME [" + String.join(" ", words) + "]");
      return;
    }
    List<String> ports = new ArrayList<>();
    for (String each : words) {
      ports.addAll(Ports.expand(each));
    }
    ports.sort(String::compareTo);
    ports.forEach(each -> config.withObject("/ExposedPorts").putObject(each));
    metadata(
        "EXPOSE ["
            + String.join(
                " ",
                words.stream()
                    .map(word -> word.contains("/") ? word.toLowerCase(Locale.ROOT) : word + "/tcp")
                    .toList())
            + "]");
  }

  private void healthcheck(Instruction.Healthcheck check) {
    ObjectNode health = config.putObject("Healthcheck");
    ArrayNode test = health.putArray("Test");
    if (check.test().isEmpty()) {
      test.add("NONE");
    } else {
      Instruction.Program program = check.test().get();
      test.add(program.shell() ? "CMD-SHELL" : "CMD");
      program.words().forEach(test::add);
    }
    Map<String, String> fields =
        Map.of(
            "interval",
            "Interval",
            "timeout",
            "Timeout",
            "start-period",
            "StartPeriod",
            "start-interval",
            "StartInterval");
    check
        .options()
        .forEach((name, value) -> {
          String expanded = expand(value);
          if (name.equals("retries")) {
            health.put("Retries", Integer.parseInt(expanded));
          } else {
            health.put(fields.getOrDefault(name, name), GoText.nanoseconds(expanded));
          }
        });
    metadata("HEALTHCHECK " + GoText.healthcheck(health, check.options()));
  }

  /** A layer was made by a step. */
  void added(String made, Path layer, String text) throws IOException {
    layers.add(made);
    key = made;
    created = engine.store.about(layer).path("created").asText(created);
    history
        .addObject()
        .put("created", created)
        .put("created_by", text)
        .put("comment", "buildkit.dockerfile.v0");
  }

  private void metadata(String text) {
    key = Digests.key("metadata", key, text);
    history
        .addObject()
        .put("created", created)
        .put("created_by", text)
        .put("comment", "buildkit.dockerfile.v0")
        .put("empty_layer", true);
  }

  private ObjectNode finished() {
    ObjectNode done = JSON.objectNode();
    done.put("architecture", platform.architecture());
    if (image.has("author")) {
      done.set("author", image.get("author"));
    }
    done.set("config", config);
    done.put("created", created);
    done.set("history", history);
    done.put("os", platform.os());
    if (!platform.variant().isEmpty()) {
      done.put("variant", platform.variant());
    }
    return done;
  }

  /** Returns the file of a named context that is a directory. */
  Optional<Path> directoryContext(String name) {
    String text = engine.request.contexts().get(name);
    return text == null || text.contains("://")
        ? Optional.empty()
        : Optional.of(Path.of(text)).filter(Files::isDirectory);
  }
}
