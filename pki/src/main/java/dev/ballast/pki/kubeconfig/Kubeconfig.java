package dev.ballast.pki.kubeconfig;

import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.PrivateKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.ScalarNode;

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
  private final String contextName;
  private final String clusterName;
  private final String userName;
  private final MappingNode cluster;
  private final MappingNode user;

  private Kubeconfig(Path file, String text) {
    this.file = file;
    this.text = text;
    MappingNode root = YamlTree.parse(text, file.toString());
    contextName =
        YamlTree.text(root, "current-context")
            .orElseThrow(() -> invalid("it has no current-context", "set one in the file"));
    MappingNode context = entry(root, "contexts", "context", contextName, "context");
    clusterName =
        YamlTree.text(context, "cluster").orElseThrow(() -> missing("cluster", contextName));
    userName = YamlTree.text(context, "user").orElseThrow(() -> missing("authInfo", contextName));
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

  /** As {@link #read}; the file is where relative paths start and what messages name. */
  public static Kubeconfig parse(Path file, String text) {
    return new Kubeconfig(file, text);
  }

  private MappingNode entry(
      MappingNode root, String list, String kind, String name, String goName) {
    return YamlTree.members(root, list).stream()
        .filter(member -> YamlTree.text(member, "name").filter(name::equals).isPresent())
        .findFirst()
        .flatMap(member -> YamlTree.value(member, kind))
        .filter(MappingNode.class::isInstance)
        .map(MappingNode.class::cast)
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
    return YamlTree.text(cluster, "server");
  }

  /** The name that the server's certificate is checked against, when it is not the address's. */
  public Optional<String> tlsServerName() {
    return YamlTree.text(cluster, "tls-server-name");
  }

  /** Whether the server's certificate is not checked. */
  public boolean insecure() {
    return YamlTree.text(cluster, "insecure-skip-tls-verify").filter("true"::equals).isPresent();
  }

  /** The bearer token, embedded or from its file. */
  public Optional<String> token() {
    return YamlTree.text(user, "token")
        .or(() ->
            YamlTree.text(user, "tokenFile")
                .map(path -> PkiFiles.read(beside(path)))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip()));
  }

  /** Whether the client certificate is in the file itself. */
  public boolean embedsClientCertificate() {
    return YamlTree.scalar(user, CLIENT_CERTIFICATE).isPresent();
  }

  /** The file that holds the client certificate, when it is not embedded. */
  public Optional<Path> clientCertificateFile() {
    return embedsClientCertificate()
        ? Optional.empty()
        : YamlTree.text(user, "client-certificate").map(this::beside);
  }

  /** The file that holds the client key, when it is not embedded. */
  public Optional<Path> clientKeyFile() {
    return YamlTree.scalar(user, CLIENT_KEY).isPresent()
        ? Optional.empty()
        : YamlTree.text(user, "client-key").map(this::beside);
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

  private Optional<Material> material(MappingNode holder, String dataKey, String fileKey) {
    return YamlTree.scalar(holder, dataKey)
        .map(node -> new Material(base64(node, dataKey), file + " (" + dataKey + ")"))
        .or(() ->
            YamlTree.text(holder, fileKey)
                .map(this::beside)
                .map(path -> new Material(PkiFiles.read(path), path.toString())));
  }

  private byte[] base64(ScalarNode node, String field) {
    try {
      return Base64.getDecoder().decode(node.getValue().replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new PkiFailure(
          "failed to load kubeConfig file %s: line %d: %s is not base64"
              .formatted(file, node.getStartMark().getLine() + 1, field),
          "bring the file back from a backup",
          e);
    }
  }

  private Path beside(String path) {
    return file.toAbsolutePath().resolveSibling(path);
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
    return YamlTree.scalar(cluster, AUTHORITY)
        .map(node -> replaced(Map.of(node, Certificates.pem(authorities))))
        .orElse(this);
  }

  private ScalarNode embedded(MappingNode holder, String field) {
    return YamlTree.scalar(holder, field)
        .orElseThrow(() ->
            new PkiFailure(
                "kubeConfig file %s does not have an embedded %s"
                    .formatted(
                        file, field.equals(CLIENT_KEY) ? "client key" : "client certificate"),
                "embed it with kubectl config set-credentials --embed-certs"));
  }

  private Kubeconfig replaced(Map<ScalarNode, String> values) {
    // From the end to the front, so that positions before stay right.
    var splices = new TreeMap<Integer, ScalarNode>(Comparator.reverseOrder());
    values.keySet().forEach(node -> splices.put(node.getStartMark().getIndex(), node));
    int[] codePoints = text.codePoints().toArray();
    var changed = new StringBuilder(text);
    for (ScalarNode node : splices.values()) {
      String encoded =
          Base64.getEncoder()
              .encodeToString(values.getOrDefault(node, "").getBytes(StandardCharsets.UTF_8));
      int from = charIndex(codePoints, node.getStartMark().getIndex());
      int to = charIndex(codePoints, node.getEndMark().getIndex());
      changed.replace(from, to, styled(encoded, node.getScalarStyle()));
    }
    return new Kubeconfig(file, changed.toString());
  }

  /** The parser counts code points; a string counts UTF-16 units. */
  private static int charIndex(int[] codePoints, int index) {
    int at = 0;
    for (int i = 0; i < index; i++) {
      at += Character.charCount(codePoints[i]);
    }
    return at;
  }

  private static String styled(String value, ScalarStyle style) {
    return switch (style) {
      case DOUBLE_QUOTED, JSON_SCALAR_STYLE -> '"' + value + '"';
      case SINGLE_QUOTED -> "'" + value + "'";
      case PLAIN -> value;
      // A block scalar ends after its last line break.
      case LITERAL, FOLDED -> value + "\n";
    };
  }

  /** Names the file and the context; never the key. */
  @Override
  public String toString() {
    return file + " (" + contextName + ")";
  }
}
