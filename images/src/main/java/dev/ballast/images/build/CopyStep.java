package dev.ballast.images.build;

import static java.util.Objects.requireNonNull;

import dev.ballast.images.dockerfile.Expansion;
import dev.ballast.images.dockerfile.Heredoc;
import dev.ballast.images.dockerfile.IgnorePatterns;
import dev.ballast.images.dockerfile.Instruction;
import dev.ballast.images.layer.LayerReader;
import dev.ballast.images.layer.RootPath;
import dev.ballast.images.run.RootMount;
import dev.ballast.images.run.Users;
import dev.ballast.images.store.Digests;
import dev.ballast.linux.file.DeviceFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.GZIPInputStream;

/** {@code COPY} and {@code ADD}. */
final class CopyStep {
  private static final int TAR_MAGIC = 257;

  private final StageBuild stage;
  private final Instruction.Copy copy;
  private final List<String> sources = new ArrayList<>();
  private final String target;

  CopyStep(StageBuild stage, Instruction.Copy copy) {
    this.stage = stage;
    this.copy = copy;
    for (String each : copy.paths().subList(0, copy.paths().size() - 1)) {
      if (!each.startsWith("<<")) {
        sources.add(stage.expand(each));
      }
    }
    String given = stage.expand(copy.paths().getLast());
    String joined =
        given.startsWith("/") ? given : stage.config.path("WorkingDir").asText("/") + "/" + given;
    this.target =
        "/"
            + CopySource.clean(joined)
            + (given.endsWith("/") || given.equals(".") || given.endsWith("/.") ? "/" : "");
  }

  void apply() throws IOException {
    refuse();
    String text =
        copy.line().keyword()
            + flags()
            + " "
            + String.join(" ", sources)
            + (copy.line().heredocs().isEmpty()
                ? ""
                : (sources.isEmpty() ? "" : " ")
                    + String.join(
                        " ", copy.line().heredocs().stream().map(h -> "<<" + h.name()).toList()))
            + " "
            + stage.expand(copy.paths().getLast());
    Optional<String> from = copy.flags().from().map(stage::expand);
    Optional<Path> directory =
        from.isEmpty()
            ? Optional.of(stage.engine.request.context())
            : stage.directoryContext(from.get());
    if (directory.isPresent()) {
      CopySource source =
          new CopySource(
              directory.get(),
              from.isEmpty() ? stage.engine.ignored : IgnorePatterns.of(List.of()),
              IgnorePatterns.of(copy.flags().exclude()));
      List<String> paths = new ArrayList<>();
      StringBuilder content = new StringBuilder();
      for (String each : sources) {
        for (String path : source.match(each)) {
          paths.add(path);
          content.append(path).append('=').append(source.digest(path)).append('\n');
        }
      }
      make(
          text,
          content.toString(),
          Optional.empty(),
          roots -> put(roots.getFirst(), source, paths, false));
      return;
    }
    List<String> layers = layersOf(from.orElseThrow());
    make(
        text,
        "stage " + String.join(",", layers),
        Optional.of(layers),
        roots -> {
          CopySource source =
              new CopySource(
                  roots.get(1),
                  IgnorePatterns.of(List.of()),
                  IgnorePatterns.of(copy.flags().exclude()));
          List<String> paths = new ArrayList<>();
          for (String each : sources) {
            paths.addAll(source.match(each));
          }
          return put(roots.getFirst(), source, paths, true);
        });
  }

  private List<String> layersOf(String from) throws IOException {
    return layersOf(stage, from);
  }

  static List<String> layersOf(StageBuild stage, String from) throws IOException {
    Optional<Integer> other = stage.engine.dockerfile.stage(from, stage.index);
    if (other.isPresent()) {
      return Engine.await(stage.engine.start(other.get(), stage.platform)).layers();
    }
    if (from.equals("scratch")) {
      return List.of();
    }
    return stage.base(from, stage.platform).layers();
  }

  private void refuse() {
    if (copy.flags().parents()) {
      throw new BuildFailure("COPY --parents is not supported yet");
    }
    for (String each : sources) {
      if (copy.add() && each.matches("(?i)(https?://|git@|git://|ssh://).*")) {
        throw new BuildFailure(
            "ADD of " + each + " is not supported yet: fetch it in a RUN, or before the build");
      }
    }
    if (copy.flags().checksum().isPresent() || copy.flags().keepGitDir()) {
      throw new BuildFailure("--checksum and --keep-git-dir need a remote source");
    }
  }

  private String flags() {
    StringBuilder text = new StringBuilder();
    copy.line().flags().forEach(flag -> text.append(' ').append(stage.expand(flag)));
    return text.toString();
  }

  private void make(
      String text,
      String content,
      Optional<List<String>> other,
      dev.ballast.images.run.Views.Body<Integer> body)
      throws IOException {
    StringBuilder inline = new StringBuilder();
    copy.line()
        .heredocs()
        .forEach(heredoc -> inline.append(heredoc.name()).append('=').append(text(heredoc)));
    boolean link = copy.flags().link();
    String made =
        Digests.key(
            "copy", link ? "" : stage.key, text, target, content, inline, stage.engine.salt);
    List<String> below = link ? List.of() : List.copyOf(stage.layers);
    Path layer =
        stage.engine.steps.layer(
            made,
            stage.stepName(text),
            (place, _) -> {
              List<RootMount> mounts = new ArrayList<>();
              mounts.add(new RootMount(stage.engine.store.root(), below, place));
              other.ifPresent(layers ->
                  mounts.add(
                      new RootMount(stage.engine.store.root(), layers, place.resolve("from"))));
              var unused = stage.engine.views.with(copy.line().keyword(), true, mounts, body);
            });
    stage.added(made, layer, text + " # buildkit");
  }

  private int put(Path root, CopySource source, List<String> paths, boolean keepOwner)
      throws IOException {
    Users users = Users.read(root);
    Optional<int[]> owner = Optional.empty();
    if (copy.flags().chown().isPresent()) {
      owner = Optional.of(users.owner(stage.expand(copy.flags().chown().get())));
    }
    OptionalInt mode = OptionalInt.empty();
    if (copy.flags().chmod().isPresent()) {
      String text = stage.expand(copy.flags().chmod().get());
      if (!text.matches("[0-7]{1,4}")) {
        throw new BuildFailure("--chmod=" + text + ": only octal modes are supported yet");
      }
      mode = OptionalInt.of(Integer.parseInt(text, 8));
    }
    CopySource.Look look = new CopySource.Look(owner, keepOwner, mode);
    Path at = RootPath.follow(root, target);
    boolean several = paths.size() + copy.line().heredocs().size() > 1;
    if (several && !target.endsWith("/")) {
      throw new BuildFailure(
          "When using "
              + copy.line().keyword()
              + " with more than one source file, the destination must be a directory and end with a /");
    }
    boolean into = target.endsWith("/") || Files.isDirectory(at);
    for (String path : paths) {
      Path file = RootPath.follow(source.root(), path);
      if (copy.add() && copy.flags().unpack().orElse(true) && Files.isRegularFile(file)) {
        Optional<InputStream> archive = archive(file);
        if (archive.isPresent()) {
          int unused = makeDirectory(root, "/" + root.relativize(at), "");
          LayerReader.archive(archive.get(), at);
          continue;
        }
      }
      boolean directory = Files.isDirectory(file);
      Path to =
          directory || !into ? at : at.resolve(String.valueOf(Path.of("/" + path).getFileName()));
      int unused =
          makeDirectory(
              root, "/" + root.relativize(directory ? to : requireNonNull(to.getParent())), "");
      source.copy(
          path, to.equals(at) ? to : RootPath.keepLast(root, "/" + root.relativize(to)), look);
    }
    for (Heredoc heredoc : copy.line().heredocs()) {
      Path to = into || several ? at.resolve(heredoc.name()) : at;
      int unused = makeDirectory(root, "/" + root.relativize(requireNonNull(to.getParent())), "");
      Files.deleteIfExists(to);
      Files.writeString(to, text(heredoc));
      Files.setAttribute(to, "unix:mode", mode.orElse(0644));
      int[] ids = owner.orElse(new int[] {0, 0});
      DeviceFiles.owner(to, ids[0], ids[1]);
    }
    return paths.size();
  }

  private String text(Heredoc heredoc) {
    return heredoc.expand()
        ? Expansion.expandText(heredoc.content(), stage.escape, stage.variables())
        : heredoc.content();
  }

  private static Optional<InputStream> archive(Path file) throws IOException {
    byte[] head = head(new BufferedInputStream(Files.newInputStream(file)));
    if (head.length > 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
      return isTar(head(new GZIPInputStream(Files.newInputStream(file))))
          ? Optional.of(new GZIPInputStream(Files.newInputStream(file), 1 << 16))
          : Optional.empty();
    }
    if (isTar(head)) {
      return Optional.of(Files.newInputStream(file));
    }
    boolean other =
        head.length > 5
            && ((head[0] == 'B' && head[1] == 'Z' && head[2] == 'h')
                || ((head[0] & 0xff) == 0xfd && head[1] == '7' && head[2] == 'z')
                || ((head[0] & 0xff) == 0x28 && (head[1] & 0xff) == 0xb5));
    if (other) {
      throw new BuildFailure(
          "ADD of "
              + file.getFileName()
              + ": bzip2, xz and zstd are not unpacked yet; use gzip or --unpack=false");
    }
    return Optional.empty();
  }

  private static byte[] head(InputStream stream) throws IOException {
    try (stream) {
      return stream.readNBytes(512);
    }
  }

  private static boolean isTar(byte[] head) {
    return head.length == 512
        && new String(head, TAR_MAGIC, 5, java.nio.charset.StandardCharsets.US_ASCII)
            .equals("ustar");
  }

  /** Makes a directory and its parents; the new ones belong to a user. */
  static int makeDirectory(Path root, String directory, String user) throws IOException {
    Path at = RootPath.follow(root, directory);
    List<Path> missing = new ArrayList<>();
    for (Path each = at;
        !Files.exists(each, LinkOption.NOFOLLOW_LINKS);
        each = requireNonNull(each.getParent())) {
      missing.addFirst(each);
    }
    if (missing.isEmpty()) {
      return 0;
    }
    Users.Identity owner = Users.read(root).resolve(user);
    for (Path each : missing) {
      Files.createDirectory(each);
      Files.setAttribute(each, "unix:mode", 0755);
      DeviceFiles.owner(each, owner.uid(), owner.gid());
    }
    return missing.size();
  }
}
