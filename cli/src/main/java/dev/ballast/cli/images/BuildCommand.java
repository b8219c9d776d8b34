package dev.ballast.cli.images;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.images.Platform;
import dev.ballast.images.build.BuildFailure;
import dev.ballast.images.build.BuildRequest;
import dev.ballast.images.build.Engine;
import dev.ballast.images.build.Output;
import dev.ballast.images.dockerfile.DockerfileException;
import dev.ballast.images.store.Store;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast build} and {@code ballast buildx build}. */
@Command(
    name = "build",
    aliases = "b",
    description = {
      "Builds an image for one or more platforms from a Dockerfile.",
      "Needs no daemon, no Docker and no root."
    })
public final class BuildCommand implements Callable<Integer> {
  private static final int MOST_SECRET_BYTES = 500 * 1024;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PATH", description = "The build context, a directory.")
  private Path context = Path.of(".");

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The Dockerfile (default: PATH/Dockerfile).")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--platform",
      split = ",",
      paramLabel = "PLATFORM",
      description = "Platforms, as linux/amd64,linux/arm64 (default: this machine's).")
  private List<String> platforms = new ArrayList<>();

  @Option(
      names = {"-t", "--tag"},
      paramLabel = "NAME",
      description = "A name of the image, as HOST:PORT/NAME:TAG.")
  private List<String> tags = new ArrayList<>();

  @Option(names = "--push", description = "Push to the registry of every name.")
  private boolean push;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "SPEC",
      description = "type=image|registry|oci[,dest=FILE][,tar=false][,push=true].")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--target",
      paramLabel = "STAGE",
      description = "The stage to build (default: the last).")
  private Optional<String> target = Optional.empty();

  @Option(
      names = "--build-arg",
      paramLabel = "NAME=VALUE",
      description = "A value for an ARG; NAME alone takes it from the environment.")
  private List<String> arguments = new ArrayList<>();

  @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label of the image.")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = "--build-context",
      paramLabel = "NAME=SOURCE",
      description = "A named context: a directory, oci-layout://DIR[:TAG] or docker-image://NAME.")
  private List<String> contexts = new ArrayList<>();

  @Option(
      names = "--secret",
      paramLabel = "SPEC",
      description = "id=NAME[,src=FILE|env=VARIABLE], for RUN --mount=type=secret.")
  private List<String> secrets = new ArrayList<>();

  @Option(
      names = "--add-host",
      paramLabel = "HOST:IP",
      description = "A line for /etc/hosts of RUN.")
  private List<String> hosts = new ArrayList<>();

  @Option(names = "--network", paramLabel = "MODE", description = "default, host or none, for RUN.")
  private Optional<String> network = Optional.empty();

  @Option(names = "--no-cache", description = "Run every step.")
  private boolean noCache;

  @Option(names = "--progress", paramLabel = "MODE", description = "auto, plain or quiet.")
  private String progress = "auto";

  @Option(
      names = {"-q", "--quiet"},
      description = "Print the image's digest alone.")
  private boolean quiet;

  @Option(names = "--metadata-file", paramLabel = "FILE", description = "Write digests as JSON.")
  private Optional<Path> metadata = Optional.empty();

  @Option(names = "--iidfile", paramLabel = "FILE", description = "Write the image's digest.")
  private Optional<Path> identifier = Optional.empty();

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Where layers and blobs are kept (default: ~/.local/share/ballast/images).")
  private Optional<Path> store = Optional.empty();

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    if (!List.of("auto", "plain", "quiet").contains(progress)) {
      throw new BuildFailure(
          "--progress=" + progress + " is not supported yet: use plain or quiet");
    }
    PlainProgress told = new PlainProgress(err, quiet || progress.equals("quiet"));
    Map<String, String> out = output();
    boolean pushes =
        push
            || out.getOrDefault("type", "").equals("registry")
            || out.getOrDefault("push", "").equals("true");
    if (pushes && tags.isEmpty()) {
      throw new BuildFailure("tag is needed when pushing to registry");
    }
    BuildRequest request = request();
    Path where =
        store.orElseGet(() ->
            Path.of(
                    System.getenv()
                        .getOrDefault(
                            "XDG_DATA_HOME",
                            System.getenv().getOrDefault("HOME", "/root") + "/.local/share"))
                .resolve("ballast/images"));
    try (Scheduler scheduler =
        Scheduler.start("build", Math.max(2, Runtime.getRuntime().availableProcessors()))) {
      Store kept = Store.open(where);
      return build(request, kept, scheduler, told, out, pushes, err);
    }
  }

  private int build(
      BuildRequest request,
      Store kept,
      Scheduler scheduler,
      PlainProgress told,
      Map<String, String> out,
      boolean pushes,
      PrintWriter err)
      throws IOException {
    Engine engine;
    try {
      engine = Engine.open(request, kept, scheduler, told);
    } catch (DockerfileException e) {
      return refused(err, e, excerpt(request, e));
    }
    try {
      Output made =
          new Output(
              kept,
              scheduler.executor(),
              told,
              out.getOrDefault("type", "").equals("docker")
                  || out.getOrDefault("oci-mediatypes", "").equals("false"),
              request.epoch());
      Output.Built built = made.make(engine.solve());
      write(made, built, out);
      if (pushes) {
        for (String tag : tags) {
          made.push(built, tag, request.plainHttp());
        }
      } else if (out.isEmpty()) {
        told.warn(
            "No output specified. The image stays in "
                + kept.root()
                + "; use --push to push it to a registry or -o type=oci,dest=FILE to write it.");
      }
      report(built);
      return 0;
    } catch (DockerfileException e) {
      return refused(err, e, engine.dockerfile().excerpt(e.line()));
    }
  }

  private static String excerpt(BuildRequest request, DockerfileException e) throws IOException {
    List<String> lines = Files.readString(request.dockerfile()).lines().toList();
    return e.line() < 1 || e.line() > lines.size()
        ? ""
        : "%s:%d%n--------------------%n%4d | >>> %s%n--------------------"
            .formatted(
                request.dockerfile().getFileName(), e.line(), e.line(), lines.get(e.line() - 1));
  }

  private static int refused(PrintWriter err, DockerfileException e, String excerpt) {
    if (!excerpt.isEmpty()) {
      err.println(excerpt);
    }
    err.println("ERROR: failed to build: failed to solve: " + e.getMessage());
    err.flush();
    return 1;
  }

  private void write(Output made, Output.Built built, Map<String, String> out) throws IOException {
    String type = out.getOrDefault("type", "image");
    switch (type) {
      case "image", "registry" -> {}
      case "oci" -> {
        String dest = out.get("dest");
        if (dest == null) {
          throw new BuildFailure("-o type=oci needs dest=FILE, or dest=DIR with tar=false");
        }
        if (out.getOrDefault("tar", "true").equals("false")) {
          made.layout(built, tags, Path.of(dest));
        } else {
          archive(made, built, dest);
        }
      }
      default ->
          throw new BuildFailure(
              "-o type=" + type + " is not supported yet: use image, registry or oci");
    }
  }

  private void archive(Output made, Output.Built built, String dest) throws IOException {
    if (dest.equals("-")) {
      made.archive(built, tags, new BufferedOutputStream(System.out, 1 << 16));
      return;
    }
    try (OutputStream stream =
        new BufferedOutputStream(Files.newOutputStream(Path.of(dest)), 1 << 16)) {
      made.archive(built, tags, stream);
    }
  }

  private void report(Output.Built built) throws IOException {
    if (metadata.isPresent()) {
      ObjectMapper json = new ObjectMapper();
      ObjectNode found = json.createObjectNode();
      found.put("containerimage.digest", built.top().digest());
      if (built.images().size() == 1) {
        found.put("containerimage.config.digest", built.images().getFirst().config().digest());
      }
      found.set("containerimage.descriptor", built.top().json());
      if (!tags.isEmpty()) {
        found.put("image.name", String.join(",", tags));
      }
      Files.write(metadata.get(), json.writerWithDefaultPrettyPrinter().writeValueAsBytes(found));
    }
    if (identifier.isPresent()) {
      Files.writeString(identifier.get(), built.top().digest());
    }
    if (quiet) {
      spec.commandLine().getOut().println(built.top().digest());
    }
  }

  private BuildRequest request() throws IOException {
    if (!Files.isDirectory(context)) {
      throw new BuildFailure("unable to prepare context: path \"" + context + "\" not found");
    }
    List<Platform> wanted = new ArrayList<>();
    List<String> names =
        platforms.isEmpty()
            ? List.of(System.getenv().getOrDefault("DOCKER_DEFAULT_PLATFORM", "local").split(","))
            : platforms;
    names.forEach(name -> wanted.add(Platform.parse(name)));
    String epoch = System.getenv().getOrDefault("SOURCE_DATE_EPOCH", "");
    Path dockerfile = file.orElse(context.resolve("Dockerfile"));
    return new BuildRequest(
        context.toRealPath(),
        dockerfile,
        wanted.stream().distinct().toList(),
        target,
        pairs("--build-arg", arguments),
        pairs("--label", labels),
        pairs("--build-context", contexts),
        secrets(),
        hosts(),
        noCache,
        false,
        network,
        epoch.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(epoch)));
  }

  private static Map<String, String> pairs(String option, List<String> given) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String each : given) {
      int equals = each.indexOf('=');
      if (equals > 0) {
        found.put(each.substring(0, equals), each.substring(equals + 1));
      } else if (System.getenv().containsKey(each)) {
        found.put(each, System.getenv(each));
      } else if (equals == 0 || !option.equals("--build-arg")) {
        throw new BuildFailure(option + " " + each + ": write NAME=VALUE");
      }
    }
    return found;
  }

  private Map<String, String> hosts() {
    Map<String, String> found = new LinkedHashMap<>();
    for (String each : hosts) {
      String[] parts = each.split("[:=]", 2);
      if (parts.length != 2) {
        throw new BuildFailure("--add-host " + each + ": write HOST:IP");
      }
      found.put(parts[0], parts[1]);
    }
    return found;
  }

  private Map<String, byte[]> secrets() throws IOException {
    Map<String, byte[]> found = new HashMap<>();
    for (String each : secrets) {
      Map<String, String> fields = fields(each);
      String id = fields.getOrDefault("id", "");
      String variable =
          fields.getOrDefault("env", fields.getOrDefault("type", "").equals("env") ? id : "");
      String source = fields.getOrDefault("src", fields.getOrDefault("source", id));
      byte[] content;
      if (!variable.isEmpty()
          || (!fields.containsKey("src")
              && !fields.containsKey("source")
              && System.getenv().containsKey(id))) {
        content =
            System.getenv()
                .getOrDefault(variable.isEmpty() ? id : variable, "")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
      } else {
        content = Files.readAllBytes(Path.of(source));
      }
      if (content.length > MOST_SECRET_BYTES) {
        throw new BuildFailure("secret " + id + " is larger than 500 KiB");
      }
      found.put(id, content);
    }
    return found;
  }

  private Map<String, String> output() {
    return output
        .map(text -> text.contains("=") ? fields(text) : Map.of("type", "local", "dest", text))
        .orElse(Map.of());
  }

  private static Map<String, String> fields(String text) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String each : text.split(",")) {
      String[] parts = each.split("=", 2);
      found.put(parts[0], parts.length > 1 ? parts[1] : "true");
    }
    return found;
  }
}
