package dev.ballast.loadbalancer.speaker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Some hosts and a client on one bridge, made with {@code ip} in namespaces of their own. */
final class Rack implements AutoCloseable {
  private static final String NAME = "blt-lbit-" + ProcessHandle.current().pid() + "-";
  private final List<String> hosts;

  Rack(String... hosts) throws Exception {
    this.hosts = List.of(hosts);
    run("ip", "netns", "add", NAME + "sw");
    run("ip", "-n", NAME + "sw", "link", "add", "br0", "type", "bridge");
    run("ip", "-n", NAME + "sw", "link", "set", "br0", "up");
    int number = 1;
    for (String host : hosts) {
      run("ip", "netns", "add", NAME + host);
      run("ip", "-n", NAME + host, "link", "set", "lo", "up");
      plug(host, "eth0", number);
      number++;
    }
  }

  void plug(String host, String link, int number) throws Exception {
    String port = "p" + number + link;
    run(
        "ip",
        "-n",
        NAME + "sw",
        "link",
        "add",
        port,
        "type",
        "veth",
        "peer",
        "name",
        link,
        "netns",
        NAME + host);
    run("ip", "-n", NAME + "sw", "link", "set", port, "master", "br0", "up");
    run("ip", "-n", NAME + host, "link", "set", link, "up");
    run("ip", "-n", NAME + host, "addr", "add", address(number) + "/24", "dev", link);
  }

  static String address(int number) {
    return "10.77.0." + number;
  }

  String mac(String host) throws Exception {
    String out = run("ip", "-n", NAME + host, "-br", "link", "show", "eth0");
    return out.split("\\s+")[2];
  }

  /** Starts a Java class on a host. */
  Process java(String host, Path log, Class<?> main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                NAME + host,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Runs a command on a host; its output, whatever its exit code. */
  String on(String host, String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", NAME + host));
    all.addAll(List.of(command));
    return output(all, false);
  }

  static String run(String... command) throws Exception {
    return output(List.of(command), true);
  }

  private static String output(List<String> command, boolean mustSucceed) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command + " does not end");
    }
    if (mustSucceed && process.exitValue() != 0) {
      throw new IOException(command + ": " + out);
    }
    return out;
  }

  @Override
  public void close() throws Exception {
    List<String> all = new ArrayList<>(hosts);
    all.add("sw");
    for (String host : all) {
      new ProcessBuilder("ip", "netns", "del", NAME + host)
          .redirectErrorStream(true)
          .start()
          .waitFor();
    }
  }
}
