package dev.ballast.pki.kubeconfig;

import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.yaml.Edit;
import dev.ballast.yaml.Node.Mapping;
import dev.ballast.yaml.Node.Scalar;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A kubeconfig: the entry that its current context names. A change replaces the value where it
 * stands, so that every other byte of the file, comments included, stays.
 */
public final class Kubeconfig {
  private static final String CLIENT_CERTIFICATE = "client-certificate-data";
  private static final String CLIENT_KEY = "client-key-data";
  private static final String AUTHORITY = "certificate-authority-data";

  private final Path file;
  private final String text;
  private final UnaryOperator<Path> reach;
  private final String contextName;
  private final String clusterName;
  private final String userName;
  private final Mapping cluster;
  private final Mapping user;

  private Kubeconfig(Path file, String text, UnaryOperator<Path> reach) {
    this.file = file;
    this.text = text;
    this.reach = reach;
    Mapping root = root();
    contextName =
        root.text("current-context")
            .orElseThrow(() -> invalid("it has no current-context", "set one in the file"));
    Mapping context = entry(root, "contexts", "context", contextName, "context");
    clusterName = context.text("cluster").orElseThrow(() -> missing("cluster", contextName));
    userName = context.text("user").orElseThrow(() -> missing("authInfo", contextName));
    cluster = entry(root, "clusters", "cluster", clusterName, "cluster");
    user = entry(root, "users", "user", userName, "authInfo");
  }

  /**
   * Reads a file.
   *
   * @throws PkiFailure when it cannot be read, or its current context does not lead to a cluster
   *     and a user
   */
  public static Kubeconfig read(Path file) {
    return parse(file, new String(PkiFiles.read(file), StandardCharsets.UTF_8));
  }

  /**
   * As {@link #read(Path)}, with paths in the file as {@link #parse(Path, String, UnaryOperator)}.
   */
  public static Kubeconfig read(Path file, UnaryOperator<Path> reach) {
    return parse(file, new String(PkiFiles.read(file), StandardCharsets.UTF_8), reach);
  }

  /** As {@link #read(Path)}; the file is where relative paths start and what messages name. */
  public static Kubeconfig parse(Path file, String text) {
    return parse(file, text, UnaryOperator.identity());
  }

  /**
   * As {@link #parse(Path, String)}.
   *
   * @param reach turns a path that is written in the file into the one that leads there from this
   *     machine
   */
  public static Kubeconfig parse(Path file, String text, UnaryOperator<Path> reach) {
    return new Kubeconfig(file, text, reach);
  }

  private Mapping root() {
    try {
      var documents = Yaml.parse(file.toString(), text);
      if (!documents.isEmpty() && documents.getFirst().root() instanceof Mapping mapping) {
        return mapping;
      }
    } catch (YamlFailure e) {
      throw new PkiFailure(
          "failed to load kubeConfig file %s: %s%s"
              .formatted(file, e.line() == 0 ? "" : "line " + e.line() + ": ", e.problem()),
          "correct the line, or bring the file back from a backup",
          e);
    }
    throw new PkiFailure(
        "failed to load kubeConfig file " + file + ": it is not a kubeconfig",
        "bring the file back from a backup");
  }

  private Mapping entry(Mapping root, String list, String kind, String name, String goName) {
    return root.members(list).stream()
        .filter(member -> member.text("name").filter(name::equals).isPresent())
        .findFirst()
        .flatMap(member -> member.get(kind))
        .filter(Mapping.class::isInstance)
        .map(Mapping.class::cast)
        .orElseThrow(() -> missing(goName, name));
  }

  private PkiFailure missing(String what, String name) {
    return invalid("missing %s %s".formatted(what, name), "bring the file back from a backup");
  }

  private PkiFailure invalid(String what, String remedy) {
    return new PkiFailure("invalid kubeConfig file %s: %s".formatted(file, what), remedy);
  }

  public Path file() {
    return file;
  }

  /** The whole file. It may hold a private key. */
  public String text() {
    return text;
  }

  public String contextName() {
    return contextName;
  }

  public String clusterName() {
    return clusterName;
  }

  public String userName() {
    return userName;
  }

  /** The address of the API server. */
  public Optional<String> server() {
    return cluster.text("server");
  }

  /** The name that the server's certificate is checked against, when it is not the address's. */
  public Optional<String> tlsServerName() {
    return cluster.text("tls-server-name");
  }

  /** Whether the server's certificate is not checked. */
  public boolean insecure() {
    return cluster.text("insecure-skip-tls-verify").filter("true"::equals).isPresent();
  }

  /** The bearer token, embedded or from its file. */
  public Optional<String> token() {
    return user.text("token")
        .or(() ->
            user.text("tokenFile")
                .map(path -> PkiFiles.read(beside(path)))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip()));
  }

  /** Whether the client certificate is in the file itself. */
  public boolean embedsClientCertificate() {
    return user.scalar(CLIENT_CERTIFICATE).isPresent();
  }

  /** The file that holds the client certificate, when it is not embedded. */
  public Optional<Path> clientCertificateFile() {
    return embedsClientCertificate()
        ? Optional.empty()
        : user.text("client-certificate").map(this::beside);
  }

  /** The file that holds the client key, when it is not embedded. */
  public Optional<Path> clientKeyFile() {
    return user.scalar(CLIENT_KEY).isPresent()
        ? Optional.empty()
        : user.text("client-key").map(this::beside);
  }

  /**
   * The client certificate and what is sent along with it, embedded or from its file; none when the
   * user authenticates in another way.
   *
   * @throws PkiFailure when it is there and not readable
   */
  public List<X509Certificate> clientCertificates() {
    try {
      return material(user, CLIENT_CERTIFICATE, "client-certificate")
          .map(material -> Certificates.parse(material.bytes, material.source))
          .orElse(List.of());
    } catch (PkiFailure e) {
      if (!embedsClientCertificate()) {
        throw e;
      }
      throw new PkiFailure(
          "kubeConfig file %s does not contain a valid client certificate: %s"
              .formatted(file, e.problem()),
          e.remedy(),
          e);
    }
  }

  /** The client key, embedded or from its file. */
  public Optional<PrivateKey> clientKey() {
    return material(user, CLIENT_KEY, "client-key")
        .map(material -> PrivateKeys.parse(material.bytes, material.source));
  }

  /** The authorities that the server is checked against, embedded or from their file. */
  public List<X509Certificate> authorities() {
    return material(cluster, AUTHORITY, "certificate-authority")
        .map(material -> Certificates.parse(material.bytes, material.source))
        .orElse(List.of());
  }

  private static final class Material {
    private final byte[] bytes;
    private final String source;

    Material(byte[] bytes, String source) {
      this.bytes = bytes;
      this.source = source;
    }
  }

  private Optional<Material> material(Mapping holder, String dataKey, String fileKey) {
    return holder
        .scalar(dataKey)
        .map(node -> new Material(base64(node, dataKey), file + " (" + dataKey + ")"))
        .or(() ->
            holder
                .text(fileKey)
                .map(this::beside)
                .map(path -> new Material(PkiFiles.read(path), path.toString())));
  }

  private byte[] base64(Scalar node, String field) {
    try {
      return Base64.getDecoder().decode(node.value().replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new PkiFailure(
          "failed to load kubeConfig file %s: line %d: %s is not base64"
              .formatted(file, node.position().line(), field),
          "bring the file back from a backup",
          e);
    }
  }

  private Path beside(String path) {
    try {
      var written = Path.of(path);
      return written.isAbsolute()
          ? reach.apply(written)
          : file.toAbsolutePath().resolveSibling(written);
    } catch (InvalidPathException e) {
      throw new PkiFailure(
          "invalid kubeConfig file %s: it refers to a file by something that is not a path"
              .formatted(file),
          "correct the path, or bring the file back from a backup",
          e);
    }
  }

  /**
   * The same file with another client certificate and key.
   *
   * @throws PkiFailure when these are not embedded, since then other files must change
   */
  public Kubeconfig withClient(String certificatesPem, String keyPem) {
    return replaced(
        Map.of(
            embedded(user, CLIENT_CERTIFICATE),
            certificatesPem,
            embedded(user, CLIENT_KEY),
            keyPem));
  }

  /** The same file that trusts other authorities; unchanged when they are not embedded. */
  public Kubeconfig withAuthorities(List<X509Certificate> authorities) {
    return cluster
        .scalar(AUTHORITY)
        .map(node -> replaced(Map.of(node, Certificates.pem(authorities))))
        .orElse(this);
  }

  private Scalar embedded(Mapping holder, String field) {
    return holder
        .scalar(field)
        .orElseThrow(() ->
            new PkiFailure(
                "kubeConfig file %s does not have an embedded %s"
                    .formatted(
                        file, field.equals(CLIENT_KEY) ? "client key" : "client certificate"),
                "embed it with kubectl config set-credentials --embed-certs"));
  }

  private Kubeconfig replaced(Map<Scalar, String> values) {
    var edit = new Edit(file.toString(), text);
    values.forEach((scalar, value) ->
        edit.set(
            scalar, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    return edited(edit);
  }

  /**
   * The same file whose user refers to a file for its client certificate and key, in place of the
   * embedded ones.
   *
   * @throws PkiFailure when these are not embedded
   */
  public Kubeconfig withClientFile(String path) {
    var edit = new Edit(file.toString(), text);
    embedded(user, CLIENT_CERTIFICATE);
    embedded(user, CLIENT_KEY);
    for (var field : List.of(CLIENT_CERTIFICATE, CLIENT_KEY)) {
      var entry = user.entry(field).orElseThrow();
      edit.set((Scalar) entry.key(), field.substring(0, field.length() - "-data".length()));
      edit.set((Scalar) entry.value(), path);
    }
    return edited(edit);
  }

  private Kubeconfig edited(Edit edit) {
    try {
      return new Kubeconfig(file, edit.apply(), reach);
    } catch (YamlFailure e) {
      throw new PkiFailure(
          "cannot edit kubeConfig file " + e.getMessage(), "write the value out in the file", e);
    }
  }

  /** Names the file and the context; never the key. */
  @Override
  public String toString() {
    return file + " (" + contextName + ")";
  }
}
