package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The images that a cluster runs, made of the programs that {@code dev/peers} built. */
final class Images {
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "cat",
          "echo",
          "hostname",
          "httpd",
          "ip",
          "ls",
          "mkdir",
          "nc",
          "ping",
          "sleep",
          "wget");

  /** By which kubeadm calls them. */
  private final List<String> names;

  Images(String kubeadmList) {
    names = kubeadmList.lines().filter(line -> line.startsWith("registry.k8s.io/")).toList();
  }

  private String name(String program) {
    return names.stream()
        .filter(name -> name.startsWith("registry.k8s.io/" + program + ":"))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("kubeadm names no image of " + program));
  }

  String pause() {
    return name("pause");
  }

  /** Returns those that every node runs. */
  List<Image> ofEveryNode() throws IOException, InterruptedException {
    Path busybox = ReferenceProgram.required("busybox");
    List<ImageEntry> applets = new ArrayList<>();
    applets.add(new ImageEntry.Program("bin/busybox", busybox));
    APPLETS.forEach(applet -> applets.add(new ImageEntry.Link("bin/" + applet, "busybox")));
    applets.add(new ImageEntry.Directory("tmp"));
    return List.of(
        new Image(
            pause(),
            List.of("/busybox", "sleep", "2147483647"),
            List.of(new ImageEntry.Program("busybox", busybox))),
        new Image(Cluster.BUSYBOX, List.of("/bin/sh"), applets),
        kubeProxy());
  }

  /** Returns those of the control plane. */
  List<Image> ofControlPlane() {
    return Stream.of("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
        .map(program ->
            new Image(
                name(program),
                List.of("/usr/local/bin/" + program),
                List.of(
                    new ImageEntry.Program(
                        "usr/local/bin/" + program, ReferenceProgram.ofGoModule(program)))))
        .toList();
  }

  /** kube-proxy asks nft, which needs its libraries. */
  private Image kubeProxy() throws IOException, InterruptedException {
    Path nft = ReferenceProgram.required("nft");
    Set<ImageEntry> entries = new LinkedHashSet<>();
    entries.add(
        new ImageEntry.Program(
            "usr/local/bin/kube-proxy", ReferenceProgram.ofGoModule("kube-proxy")));
    entries.add(new ImageEntry.Program("usr/sbin/nft", nft));
    var libraries = LIBRARY.matcher(Ran.ok("ldd", nft.toString()));
    while (libraries.find()) {
      Path library = Path.of(libraries.group(1));
      entries.add(new ImageEntry.Program(library.toString().substring(1), library.toRealPath()));
    }
    entries.add(new ImageEntry.Directory("tmp"));
    return new Image(
        name("kube-proxy"), List.of("/usr/local/bin/kube-proxy"), List.copyOf(entries));
  }
}
