package dev.ballast.images.run;

import static java.util.Objects.requireNonNull;

import dev.ballast.images.layer.RootPath;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.DeviceFiles;
import dev.ballast.linux.mount.Mounts;
import dev.ballast.linux.process.ChildProcess;
import dev.ballast.linux.process.Enclosure;
import dev.ballast.linux.process.Exit;
import dev.ballast.linux.thread.CurrentThread;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Runs programs of build steps, each in namespaces of its own. */
public record Runner(Sandbox sandbox) {
  private static final List<String> DEVICES =
      List.of("null", "zero", "full", "random", "urandom", "tty");
  private static final List<String> MASKED =
      List.of(
          "proc/acpi",
          "proc/asound",
          "proc/kcore",
          "proc/keys",
          "proc/latency_stats",
          "proc/timer_list",
          "proc/timer_stats",
          "proc/sched_debug",
          "proc/scsi",
          "sys/firmware");
  private static final List<String> READ_ONLY =
      List.of("proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger");
  // The default set of Docker: chown dac_override fowner fsetid kill setgid setuid setpcap
  // net_bind_service net_raw sys_chroot mknod audit_write setfcap.
  private static final int[] KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31};
  private static final int LONGEST_LINE = 16_384;
  private static final Duration LONGEST_STEP = Duration.ofDays(1);

  /** A made mount point that must not stay. */
  private record Stub(Path path) {}

  /** Runs a step and returns its exit code; its changes are in the mount's {@code diff}. */
  public int run(RootMount mount, Step step, Consumer<String> lines) throws IOException {
    mount.prepare();
    stubs(mount.stubs());
    return sandbox.run("RUN", () -> inside(mount, step, lines));
  }

  private static void stubs(Path stubs) throws IOException {
    for (String each : List.of("proc", "sys", "dev", "etc", "tmp")) {
      Files.createDirectories(stubs.resolve(each));
    }
    Files.setAttribute(stubs.resolve("tmp"), "unix:mode", 01777);
    for (String each : List.of("etc/hosts", "etc/resolv.conf")) {
      Files.write(stubs.resolve(each), new byte[0]);
    }
  }

  private int inside(RootMount mount, Step step, Consumer<String> lines) throws IOException {
    Path root = mount.root();
    List<Stub> made = new ArrayList<>();
    Enclosure enclosure =
        Enclosure.enter(
            root,
            step.ownNetwork(),
            () -> {
              try {
                mounts(mount, step, made);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try (enclosure) {
      for (String path : MASKED) {
        mask(root.resolve(path));
      }
      for (String path : READ_ONLY) {
        readOnly(root.resolve(path));
      }
      CurrentThread.hostname("buildkitsandbox");
      Users.Identity user = Users.read(root).resolve(step.user());
      Path directory = RootPath.follow(root, step.directory());
      if (!Files.isDirectory(directory)) {
        throw new IOException("the working directory " + step.directory() + " is not a directory");
      }
      enclosure.pivot();
      BitSet kept = new BitSet();
      for (int each : KEPT) {
        kept.set(each);
      }
      enclosure.keepCapabilities(kept);
      if (user.uid() != 0 || user.gid() != 0 || user.groups().size() > 1) {
        CurrentThread.user(
            user.uid(), user.gid(), user.groups().stream().mapToInt(Integer::intValue).toArray());
      }
      Map<String, String> environment = new LinkedHashMap<>(step.environment());
      environment.putIfAbsent("HOME", user.home());
      CurrentThread.umask(0022);
      return program(enclosure, step, environment, lines);
    } finally {
      CurrentThread.chdir(Path.of("/"));
      remove(mount, made);
    }
  }

  private int program(
      Enclosure enclosure, Step step, Map<String, String> environment, Consumer<String> lines) {
    ChildProcess child;
    try {
      child = enclosure.start(step.words(), environment, Path.of(step.directory()));
    } catch (LinuxException e) {
      lines.accept(
          "exec: \""
              + step.words().getFirst()
              + "\": "
              + e.errno().text()
              + " ("
              + e.errno().name()
              + ")");
      return 127;
    }
    CountDownLatch read = new CountDownLatch(1);
    sandbox.beside(
        "RUN-errors",
        () -> {
          try {
            read(child.error(), lines);
          } finally {
            read.countDown();
          }
        });
    try {
      sandbox.beside("RUN-output", () -> read(child.output(), lines));
      Exit exit = child.waitFor(LONGEST_STEP).orElseThrow();
      // Daemons that hold the pipes end here.
      enclosure.close();
      read.await();
      return switch (exit) {
        case Exit.Status(int code) -> code;
        case Exit.Killed(int signal) -> 128 + signal;
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    } finally {
      child.close();
    }
  }

  private static void read(InputStream stream, Consumer<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      StringBuilder line = new StringBuilder();
      int next;
      while ((next = reader.read()) >= 0) {
        if (next == '\n' || line.length() >= LONGEST_LINE) {
          lines.accept(line.toString());
          line.setLength(0);
        }
        if (next != '\n') {
          line.append((char) next);
        }
      }
      if (!line.isEmpty()) {
        lines.accept(line.toString());
      }
    } catch (IOException | RuntimeException e) {
      // The pipe was closed with the step.
    }
  }

  private void mounts(RootMount mount, Step step, List<Stub> made) throws IOException {
    Path root = mount.root();
    mount.mount(true);
    dev(root.resolve("dev"));
    Mounts.bindRecursive(Path.of("/sys"), RootPath.follow(root, "/sys"));
    Mounts.remountReadOnly(root.resolve("sys"));
    Path hosts = mount.place().resolve("hosts");
    StringBuilder text =
        new StringBuilder(
            "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    step.hosts()
        .forEach((name, address) -> text.append(address).append('\t').append(name).append('\n'));
    Files.writeString(hosts, text);
    file(hosts, root, "/etc/hosts", made);
    Path resolver = mount.place().resolve("resolv.conf");
    Files.write(
        resolver,
        Files.exists(Path.of("/etc/resolv.conf"))
            ? Files.readAllBytes(Path.of("/etc/resolv.conf"))
            : new byte[0]);
    file(resolver, root, "/etc/resolv.conf", made);
    int number = 0;
    for (StepMount each : step.mounts()) {
      one(mount, each, number++, made);
    }
  }

  private static void one(RootMount mount, StepMount each, int number, List<Stub> made)
      throws IOException {
    Path root = mount.root();
    Path place = mount.place().resolve("mount-" + number);
    switch (each) {
      case StepMount.Cache cache -> {
        Path target = directory(root, cache.target(), made);
        Mounts.bind(cache.directory(), target);
        if (cache.readOnly()) {
          Mounts.remountReadOnly(target);
        }
      }
      case StepMount.Tmpfs tmpfs ->
          Mounts.tmpfs(
              directory(root, tmpfs.target(), made),
              tmpfs.size().isEmpty() ? "mode=0777" : "mode=0777,size=" + tmpfs.size());
      case StepMount.Secret secret -> {
        Files.createDirectories(place);
        Mounts.tmpfs(place, "mode=0700,size=1m");
        Path file = place.resolve("secret");
        Files.write(file, secret.content());
        Files.setAttribute(file, "unix:mode", secret.mode());
        DeviceFiles.owner(file, secret.uid(), secret.gid());
        file(file, root, secret.target(), made);
      }
      case StepMount.Bind bind -> {
        Path source;
        if (bind.layers().isEmpty() && !bind.context().toString().isEmpty()) {
          source = RootPath.follow(bind.context(), bind.source());
        } else {
          RootMount from = new RootMount(mount.store(), bind.layers(), place);
          from.prepare();
          from.mount(false);
          source = RootPath.follow(from.root(), bind.source());
        }
        if (!Files.exists(source)) {
          throw new IOException("\"" + bind.source() + "\": not found");
        }
        if (Files.isDirectory(source)) {
          Path target = directory(root, bind.target(), made);
          if (bind.writable()) {
            Path upper = mount.place().resolve("mount-" + number + "-upper");
            Files.createDirectories(upper.resolve("d"));
            Files.createDirectories(upper.resolve("w"));
            Mounts.overlay(
                target,
                "lowerdir="
                    + source
                    + ",upperdir="
                    + upper.resolve("d")
                    + ",workdir="
                    + upper.resolve("w")
                    + ",userxattr");
          } else {
            Mounts.bind(source, target);
            Mounts.remountReadOnly(target);
          }
        } else {
          Path target = file(source, root, bind.target(), made);
          Mounts.remountReadOnly(target);
        }
      }
    }
  }

  private static void dev(Path dev) throws IOException {
    Mounts.tmpfs(dev, "mode=0755,size=64m");
    for (String name : DEVICES) {
      Path device = dev.resolve(name);
      Files.createFile(device);
      Mounts.bind(Path.of("/dev").resolve(name), device);
    }
    for (String[] link :
        new String[][] {
          {"fd", "/proc/self/fd"},
          {"stdin", "/proc/self/fd/0"},
          {"stdout", "/proc/self/fd/1"},
          {"stderr", "/proc/self/fd/2"},
          {"ptmx", "pts/ptmx"}
        }) {
      Files.createSymbolicLink(dev.resolve(link[0]), Path.of(link[1]));
    }
    for (String name : List.of("pts", "shm", "mqueue")) {
      Files.createDirectory(dev.resolve(name));
    }
    Mounts.special("devpts", dev.resolve("pts"), "newinstance,ptmxmode=0666,mode=0620");
    Mounts.tmpfs(dev.resolve("shm"), "mode=1777,size=65536k");
    Mounts.special("mqueue", dev.resolve("mqueue"), "");
  }

  private static Path directory(Path root, String target, List<Stub> made) throws IOException {
    Path at = RootPath.follow(root, target);
    List<Path> missing = new ArrayList<>();
    for (Path each = at;
        !Files.exists(each, LinkOption.NOFOLLOW_LINKS);
        each = requireNonNull(each.getParent())) {
      missing.addFirst(each);
    }
    for (Path each : missing) {
      Files.createDirectory(each);
      made.addFirst(new Stub(root.relativize(each)));
    }
    return at;
  }

  private static Path file(Path source, Path root, String target, List<Stub> made)
      throws IOException {
    Path at = RootPath.follow(root, target);
    if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
      Path unused = directory(root, "/" + root.relativize(requireNonNull(at.getParent())), made);
      Files.createFile(at);
      made.addFirst(new Stub(root.relativize(at)));
    }
    Mounts.bind(source, at);
    return at;
  }

  /** Takes back the mount points that were made, from the layer below the mounts. */
  private static void remove(RootMount mount, List<Stub> made) {
    // The thread's root is the step's: the layer is not visible here. The engine removes them.
    made.forEach(stub -> mount.made().add(stub.path()));
  }

  private static void mask(Path path) {
    try {
      if (Files.isDirectory(path)) {
        Mounts.tmpfs(path, "mode=0555,size=0");
      } else if (Files.exists(path)) {
        Mounts.bind(Path.of("/dev/null"), path);
      }
    } catch (LinuxException e) {
      if (!e.is(dev.ballast.linux.Errno.EPERM) && !e.is(dev.ballast.linux.Errno.ENOENT)) {
        throw e;
      }
    }
  }

  private static void readOnly(Path path) {
    if (Files.exists(path)) {
      Mounts.bind(path, path);
      Mounts.remountReadOnly(path);
    }
  }
}
