package dev.ballast.testkit.cluster;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A container image of one layer, written as {@code docker save} writes it.
 *
 * @param name with its tag
 * @param entrypoint what a container runs that names no command
 */
record Image(String name, List<String> entrypoint, List<ImageEntry> entries) {
  private static final int BUFFER = 1 << 20;

  /** Writes the archive; the layer lies beside it meanwhile. */
  void write(Path archive) throws IOException {
    Path layer = archive.resolveSibling(archive.getFileName() + ".layer");
    String digest = writeLayer(layer);
    byte[] config = config(digest).getBytes(StandardCharsets.UTF_8);
    String configName = HexFormat.of().formatHex(sha256().digest(config)) + ".json";
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive), BUFFER)) {
      long size = Files.size(layer);
      out.write(Tar.header("layer.tar", '0', 0644, size, ""));
      Files.copy(layer, out);
      Tar.pad(out, size);
      Tar.file(out, configName, config);
      Tar.file(
          out,
          "manifest.json",
          "[{\"Config\":\"%s\",\"RepoTags\":[\"%s\"],\"Layers\":[\"layer.tar\"]}]"
              .formatted(configName, name)
              .getBytes(StandardCharsets.UTF_8));
      Tar.end(out);
    }
    Files.delete(layer);
  }

  private String writeLayer(Path layer) throws IOException {
    MessageDigest digest = sha256();
    try (OutputStream out =
        new BufferedOutputStream(
            new DigestOutputStream(Files.newOutputStream(layer), digest), BUFFER)) {
      for (ImageEntry entry : entries) {
        Tar.entry(out, entry);
      }
      Tar.end(out);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private String config(String layerDigest) {
    String words =
        entrypoint.stream().map(word -> '"' + word + '"').collect(Collectors.joining(","));
    String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    return """
    {"architecture":"%s","os":"linux","config":{"Entrypoint":[%s],"Env":[\
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},\
    "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}\
    """
        .formatted(architecture, words, layerDigest);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
