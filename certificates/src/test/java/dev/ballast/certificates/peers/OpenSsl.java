package dev.ballast.certificates.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes key pairs with openssl, P-256 since that is quick. */
public final class OpenSsl {
  private OpenSsl() {}

  /** A self-signed pair DIR/NAME.crt and .key for 127.0.0.1. */
  public static void selfSigned(Path stem, String commonName) throws IOException {
    Files.createDirectories(stem.resolveSibling(""));
    var command = new ArrayList<>(List.of("openssl", "req", "-x509", "-newkey", "ec", "-nodes"));
    command.addAll(List.of("-pkeyopt", "ec_paramgen_curve:prime256v1"));
    command.addAll(List.of("-subj", "/CN=" + commonName, "-days", "30"));
    command.addAll(List.of("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"));
    command.addAll(List.of("-keyout", stem + ".key", "-out", stem + ".crt"));
    Peers.run(command).orFail();
  }

  /** The command of a server that reads its files once and answers every GET with 200. */
  public static List<String> server(int port, Path stem) {
    return List.of(
        "openssl",
        "s_server",
        "-accept",
        "127.0.0.1:" + port,
        "-www",
        "-quiet",
        "-cert",
        stem + ".crt",
        "-key",
        stem + ".key");
  }
}
