package dev.ballast.cli.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.ReferenceProgram;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A workload and the world outside of it, in two network namespaces: programs, an Envoy and a
 * control plane here, a resolver and real servers there. What the programs send is captured.
 */
final class MeshPlace implements AutoCloseable {
  static final String OUTSIDE = "10.213.7.2";
  static final String OTHER = "10.213.7.3";
  private static final String INSIDE = "10.213.7.1";
  private static final String ENVOY_USER = "1337";
  private static final Duration START = Duration.ofSeconds(60);
  private static final String SERVER =
      """
      import http.server, socketserver, sys, threading, time, socket, ssl
      class H(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def do_GET(self):
          if self.path.startswith('/slow'): time.sleep(6)
          code = 503 if self.path.startswith('/fail') else 200
          H.count = getattr(H, 'count', 0) + 1
          body = ('%s port=%d host=%s path=%s tls=%s count=%d\\n' % (
            self.request.getsockname()[0], self.server.server_port, self.headers.get('Host'), self.path,
            isinstance(self.request, ssl.SSLSocket), H.count)).encode()
          self.send_response(code); self.send_header('Content-Length', str(len(body))); self.end_headers()
          self.wfile.write(body)
        def log_message(self, *a): pass
      class S(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True; allow_reuse_address = True; request_queue_size = 128
      def serve(port, tls=False):
        s = S(('0.0.0.0', port), H)
        if tls:
          c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1], sys.argv[2])
          s.socket = c.wrap_socket(s.socket, server_side=True)
        threading.Thread(target=s.serve_forever, daemon=True).start()
      class E(socketserver.BaseRequestHandler):
        def handle(self):
          data = self.request.recv(1000); self.request.sendall(b'echo ' + self.request.getsockname()[0].encode() + b' ' + data)
      for p in (80, 8080, 8081, 9000): serve(p)
      serve(443, True)
      socketserver.ThreadingTCPServer.allow_reuse_address = True
      t = socketserver.ThreadingTCPServer(('0.0.0.0', 13306), E); t.daemon_threads = True
      t.serve_forever()
      """;

  private final Path directory;
  private final String here = "blm-" + ProcessHandle.current().pid() + "-a";
  private final String there = "blm-" + ProcessHandle.current().pid() + "-b";
  private final List<Daemon> daemons = new ArrayList<>();

  MeshPlace(Path directory) {
    this.directory = directory;
  }

  Path objects() {
    return directory.resolve("objects");
  }

  Path adminSocket() {
    return directory.resolve("admin.sock");
  }

  Path ca() {
    return directory.resolve("ca.pem");
  }

  void build() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "namespaces are made by root here");
    for (String program :
        List.of("ip", "nft", "dnsmasq", "curl", "python3", "openssl", "setpriv")) {
      ReferenceProgram.required(program);
    }
    Files.createDirectories(objects());
    // Envoy runs as another user, and watches the directories of its files.
    Files.setPosixFilePermissions(
        directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String name : List.of(here, there)) {
      host("ip", "netns", "add", name);
      Files.createDirectories(Path.of("/etc/netns", name));
      Files.writeString(
          Path.of("/etc/netns", name, "resolv.conf"),
          "nameserver " + OUTSIDE + "\noptions timeout:1 attempts:3\n");
    }
    host(
        "ip", "link", "add", "blm0", "netns", here, "type", "veth", "peer", "blm1", "netns", there);
    inHere("ip", "addr", "add", INSIDE + "/24", "dev", "blm0");
    inThere("ip", "addr", "add", OUTSIDE + "/24", "dev", "blm1");
    inThere("ip", "addr", "add", OTHER + "/24", "dev", "blm1");
    for (String device : List.of("lo", "blm0")) {
      inHere("ip", "link", "set", device, "up");
    }
    for (String device : List.of("lo", "blm1")) {
      inThere("ip", "link", "set", device, "up");
    }
    inHere("ip", "route", "add", "default", "via", OUTSIDE);
    certificates();
    servers();
  }

  private void certificates() throws Exception {
    host(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        directory.resolve("key.pem").toString(),
        "-out",
        ca().toString(),
        "-days",
        "2",
        "-subj",
        "/CN=outside",
        "-addext",
        "subjectAltName=DNS:*.example.com,DNS:*.wild.example.com,DNS:origin.example.com");
  }

  private void servers() throws Exception {
    Path script = directory.resolve("server.py");
    Files.writeString(script, SERVER);
    daemons.add(
        Daemon.start(
            directory.resolve("server.log"),
            Map.of(),
            in(
                there,
                "python3",
                script.toString(),
                ca().toString(),
                directory.resolve("key.pem").toString())));
    daemons.add(
        Daemon.start(
            directory.resolve("dnsmasq.log"),
            Map.of(),
            in(
                there,
                "dnsmasq",
                "--keep-in-foreground",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--bind-interfaces",
                "--listen-address=" + OUTSIDE,
                "--conf-file=/dev/null",
                "--pid-file=" + directory.resolve("dnsmasq.pid"),
                "--address=/nowhere.example.com/10.213.9.9",
                "--address=/example.com/" + OUTSIDE)));
    Eventually.holds(
        "servers answer",
        START,
        () ->
            output(inHereCommand("curl", "-s", "-m", "2", "http://plain.example.com/"))
                .contains("port=80"));
  }

  /** Starts the control plane and an Envoy, and captures what leaves the namespace. */
  void start(String... bootstrap) throws Exception {
    List<String> controlPlane = new ArrayList<>(ballast());
    controlPlane.addAll(
        List.of(
            "mesh",
            "control-plane",
            "--objects",
            objects().toString(),
            "--port",
            "0",
            "--admin-socket",
            adminSocket().toString()));
    daemons.add(
        Daemon.start(
            directory.resolve("control-plane.log"),
            Map.of(),
            in(here, controlPlane.toArray(String[]::new))));
    Eventually.holds("the control plane answers", START, () -> status().contains("services"));
    List<String> print = new ArrayList<>(ballast());
    print.addAll(List.of("mesh", "bootstrap", "--proxy", "client.app", "--ip", INSIDE));
    print.addAll(List.of(bootstrap));
    Path file = directory.resolve("envoy.json");
    Files.writeString(file, output(print));
    file.toFile().setReadable(true, false);
    daemons.add(
        Daemon.start(
            directory.resolve("envoy.log"),
            Map.of(),
            in(
                here,
                ReferenceProgram.required("setpriv").toString(),
                "--reuid",
                ENVOY_USER,
                "--regid",
                ENVOY_USER,
                "--clear-groups",
                envoy().toString(),
                "-c",
                file.toString(),
                "--concurrency",
                "1",
                "--use-dynamic-base-id",
                "-l",
                "warning")));
    Eventually.holds(
        "Envoy is live",
        START,
        () -> inHere("curl", "-s", "-m", "2", "http://127.0.0.1:15000/ready").contains("LIVE"));
    Path rules = directory.resolve("capture.nft");
    Files.writeString(
        rules, dev.ballast.mesh.control.CaptureRules.nftables(Integer.parseInt(ENVOY_USER)));
    host("ip", "netns", "exec", here, "nft", "-f", rules.toString());
  }

  /** The program itself: its Python wrapper lies where another user may not read. */
  private Path envoy() throws Exception {
    Path found = ReferenceProgram.required("envoy").toRealPath();
    Path copy = directory.resolve("envoy");
    try (Stream<Path> below =
        Files.find(
            found.getParent().getParent(),
            7,
            (path, attributes) ->
                attributes.isRegularFile() && path.endsWith(Path.of("envoy", "_bin", "envoy")))) {
      Files.copy(below.findFirst().orElse(found), copy);
    }
    copy.toFile().setExecutable(true, false);
    return copy;
  }

  static List<String> ballast() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Files.readAllLines(Path.of("../dev/jvm-options")).stream()
        .filter(line -> line.startsWith("-"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.ballast.cli.Main"));
    return command;
  }

  void write(String name, String yaml) throws Exception {
    Path next = objects().resolve("." + name + ".next");
    Files.writeString(next, yaml);
    Files.move(
        next,
        objects().resolve(name + ".yaml"),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  /** What a program beside the proxy gets: the body, and the status in the last line. */
  String get(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("curl", "-s", "-m", "15", "-w", "\nstatus=%{http_code}"));
    command.addAll(List.of(arguments));
    return output(inHereCommand(command.toArray(String[]::new)));
  }

  String explain(String url) throws Exception {
    List<String> command = new ArrayList<>(ballast());
    command.addAll(
        List.of(
            "mesh",
            "explain",
            "--admin-socket",
            adminSocket().toString(),
            "--proxy",
            "client.app",
            "curl",
            url));
    return output(command);
  }

  String status() throws Exception {
    if (!Files.exists(adminSocket())) {
      return "";
    }
    return output(
        List.of(
            "curl",
            "-s",
            "-m",
            "5",
            "--unix-socket",
            adminSocket().toString(),
            "http://ballast/mesh/status"));
  }

  String inHere(String... command) throws Exception {
    return output(inHereCommand(command));
  }

  private List<String> inHereCommand(String... command) {
    return in(here, command);
  }

  private void inThere(String... command) throws Exception {
    output(in(there, command));
  }

  private static void host(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + text).isZero();
  }

  private static List<String> in(String namespace, String... command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(List.of(command));
    return all;
  }

  static String output(List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return text;
  }

  String logs() {
    StringBuilder text = new StringBuilder();
    daemons.forEach(each -> text.append(each.lastWords()).append("\n---\n"));
    return text.toString();
  }

  @Override
  public void close() throws Exception {
    daemons.reversed().forEach(Daemon::close);
    for (String name : List.of(here, there)) {
      output(List.of("ip", "netns", "del", name));
      Path directory = Path.of("/etc/netns", name);
      if (Files.exists(directory)) {
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }
  }
}
