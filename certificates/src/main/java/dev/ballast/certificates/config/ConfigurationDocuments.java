package dev.ballast.certificates.config;

import static java.util.Map.entry;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.config.ClusterConfiguration.Etcd;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.yaml.Document;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads kubeadm's configuration documents, v1beta3 and v1beta4. */
public final class ConfigurationDocuments {
  private static final String GROUP = "kubeadm.k8s.io/";
  private static final Set<String> VERSIONS = Set.of("v1beta3", "v1beta4");
  private static final Set<String> TOO_OLD =
      Set.of("v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2");

  private static final Set<String> CLUSTER_FIELDS =
      Set.of(
          "apiVersion",
          "kind",
          "etcd",
          "networking",
          "kubernetesVersion",
          "controlPlaneEndpoint",
          "apiServer",
          "controllerManager",
          "scheduler",
          "dns",
          "proxy",
          "certificatesDir",
          "imageRepository",
          "featureGates",
          "clusterName",
          "encryptionAlgorithm",
          "certificateValidityPeriod",
          "caCertificateValidityPeriod");
  private static final Set<String> INIT_FIELDS =
      Set.of(
          "apiVersion",
          "kind",
          "bootstrapTokens",
          "dryRun",
          "nodeRegistration",
          "localAPIEndpoint",
          "certificateKey",
          "skipPhases",
          "patches",
          "timeouts");
  private static final Set<String> COMPONENT_FIELDS =
      Set.of("extraArgs", "extraVolumes", "extraEnvs");

  /** The objects inside of ClusterConfiguration whose fields are known, of both versions. */
  private static final Map<List<String>, Set<String>> INSIDE_CLUSTER =
      inOrder(
          entry(
              List.of("apiServer"),
              Set.of(
                  "certSANs", "extraArgs", "extraVolumes", "extraEnvs", "timeoutForControlPlane")),
          entry(List.of("controllerManager"), COMPONENT_FIELDS),
          entry(List.of("scheduler"), COMPONENT_FIELDS),
          entry(List.of("networking"), Set.of("serviceSubnet", "podSubnet", "dnsDomain")),
          entry(List.of("dns"), Set.of("imageRepository", "imageTag", "disabled", "type")),
          entry(List.of("proxy"), Set.of("disabled")),
          entry(List.of("etcd"), Set.of("local", "external")),
          entry(
              List.of("etcd", "local"),
              Set.of(
                  "imageRepository",
                  "imageTag",
                  "dataDir",
                  "extraArgs",
                  "extraEnvs",
                  "serverCertSANs",
                  "peerCertSANs")),
          entry(
              List.of("etcd", "external"),
              Set.of("endpoints", "httpEndpoints", "caFile", "certFile", "keyFile")));

  private static final Map<List<String>, Set<String>> INSIDE_INIT =
      inOrder(
          entry(
              List.of("nodeRegistration"),
              Set.of(
                  "name",
                  "criSocket",
                  "taints",
                  "kubeletExtraArgs",
                  "ignorePreflightErrors",
                  "imagePullPolicy",
                  "imagePullSerial")),
          entry(List.of("localAPIEndpoint"), Set.of("advertiseAddress", "bindPort")),
          entry(List.of("patches"), Set.of("directory")));

  @SafeVarargs
  private static Map<List<String>, Set<String>> inOrder(
      Map.Entry<List<String>, Set<String>>... entries) {
    var map = new LinkedHashMap<List<String>, Set<String>>();
    for (var entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return Collections.unmodifiableMap(map);
  }

  private ConfigurationDocuments() {}

  /**
   * What was read.
   *
   * @param warnings unknown and duplicate fields, with their lines
   */
  public record Read(InitConfiguration configuration, List<String> warnings) {
    public Read {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Reads one or more documents; those of other kinds are skipped, as kubeadm does.
   *
   * @param source what the text is, for messages
   * @throws CertificatesFailure naming the line when it cannot be understood
   */
  public static Read parse(String text, String source, NodeDefaults node) {
    Fields cluster = null;
    Fields init = null;
    var warnings = new ArrayList<String>();
    for (Document document : documents(text, source)) {
      if (!(document.root() instanceof Node.Mapping mapping)) {
        continue;
      }
      var fields = new Fields(mapping, source, "");
      String kind = fields.text("kind").orElse("");
      String apiVersion = fields.text("apiVersion").orElse("");
      if (!apiVersion.startsWith(GROUP)) {
        if (apiVersion.isEmpty() || kind.isEmpty()) {
          throw new CertificatesFailure(
              source + ": a document has no apiVersion or no kind",
              "begin it with apiVersion: kubeadm.k8s.io/v1beta4 and kind: ClusterConfiguration");
        }
        continue;
      }
      checkVersion(apiVersion, kind, fields);
      switch (kind) {
        case "ClusterConfiguration" -> {
          cluster = only(cluster, fields, kind, source);
          warnings.addAll(fields.unknown(CLUSTER_FIELDS));
          warnings.addAll(unknownInside(fields, INSIDE_CLUSTER));
        }
        case "InitConfiguration" -> {
          init = only(init, fields, kind, source);
          warnings.addAll(fields.unknown(INIT_FIELDS));
          warnings.addAll(unknownInside(fields, INSIDE_INIT));
        }
        default -> {
          // JoinConfiguration and its like say nothing about certificates.
        }
      }
    }
    if (cluster == null && init == null) {
      throw new CertificatesFailure(
          "no InitConfiguration or ClusterConfiguration kind was found in " + source,
          "add one; kubeadm config print init-defaults shows both");
    }
    var configuration = initConfiguration(cluster, init, node);
    longValidity(
            "certificateValidityPeriod",
            "certificate",
            configuration.cluster().validity(),
            ClusterConfiguration.DEFAULT_VALIDITY)
        .ifPresent(warnings::add);
    longValidity(
            "caCertificateValidityPeriod",
            "CA certificate",
            configuration.cluster().caValidity(),
            ClusterConfiguration.DEFAULT_CA_VALIDITY)
        .ifPresent(warnings::add);
    return new Read(configuration, warnings);
  }

  private static List<String> unknownInside(Fields fields, Map<List<String>, Set<String>> known) {
    var warnings = new ArrayList<String>();
    known.forEach((path, names) -> {
      var at = fields;
      for (String name : path) {
        at = at.object(name);
      }
      warnings.addAll(at.unknown(names));
    });
    return warnings;
  }

  /** kubeadm takes it, and says so. */
  private static Optional<String> longValidity(
      String field, String what, Duration period, Duration usual) {
    return period.compareTo(usual) > 0
        ? Optional.of(
            "%s: the value %s is more than the recommended default for %s expiration: %s"
                .formatted(field, GoDuration.text(period), what, GoDuration.text(usual)))
        : Optional.empty();
  }

  private static Fields only(@Nullable Fields before, Fields fields, String kind, String source) {
    if (before != null) {
      throw new CertificatesFailure(
          source + ": there are two documents of kind " + kind, "keep one of them");
    }
    return fields;
  }

  private static void checkVersion(String apiVersion, String kind, Fields fields) {
    String version = apiVersion.substring(GROUP.length());
    if (TOO_OLD.contains(version)) {
      throw new CertificatesFailure(
          "your configuration file uses an old API spec: \"%s\" (kind: \"%s\")"
              .formatted(apiVersion, kind),
          "migrate it with 'kubeadm config migrate --old-config old.yaml --new-config new.yaml' of"
              + " a release that knows both");
    }
    if (!VERSIONS.contains(version)) {
      throw fields.wrong("apiVersion", "kubeadm.k8s.io/v1beta3 or kubeadm.k8s.io/v1beta4");
    }
  }

  private static List<Document> documents(String text, String source) {
    try {
      return Yaml.parse(source, text);
    } catch (YamlFailure e) {
      String at = e.line() == 0 ? source : source + ":" + e.line();
      throw new CertificatesFailure(at + ": " + e.problem(), "correct the line", e);
    }
  }

  private static InitConfiguration initConfiguration(
      @Nullable Fields cluster, @Nullable Fields init, NodeDefaults node) {
    ClusterConfiguration configuration =
        cluster == null ? ClusterConfiguration.DEFAULT : clusterConfiguration(cluster);
    if (init == null) {
      return new InitConfiguration(
          configuration, node.nodeName(), node.advertiseAddress(), InitConfiguration.DEFAULT_PORT);
    }
    Fields endpoint = init.object("localAPIEndpoint");
    InetAddress address =
        endpoint
            .text("advertiseAddress", "an IP address", AlternativeName::address)
            .orElse(node.advertiseAddress());
    int port = endpoint.number("bindPort").orElse(InitConfiguration.DEFAULT_PORT);
    if (port > 65535) {
      throw endpoint.wrong("bindPort", "a port");
    }
    return new InitConfiguration(
        configuration,
        init.object("nodeRegistration")
            .text("name")
            .filter(name -> !name.isEmpty())
            .orElse(node.nodeName()),
        address,
        port == 0 ? InitConfiguration.DEFAULT_PORT : port);
  }

  private static ClusterConfiguration clusterConfiguration(Fields fields) {
    ClusterConfiguration defaults = ClusterConfiguration.DEFAULT;
    Fields networking = fields.object("networking");
    return new ClusterConfiguration(
        filled(fields, "clusterName").orElse(defaults.clusterName()),
        fields
            .text(
                "certificatesDir",
                "an absolute path",
                text -> Optional.of(Path.of(text)).filter(Path::isAbsolute))
            .orElse(defaults.certificatesDir()),
        fields.text("controlPlaneEndpoint").orElse(""),
        filled(networking, "serviceSubnet").orElse(defaults.serviceSubnets()),
        filled(networking, "dnsDomain").orElse(defaults.dnsDomain()),
        fields.object("apiServer").texts("certSANs"),
        etcd(fields.object("etcd")),
        keyAlgorithm(fields),
        validity(fields, "certificateValidityPeriod").orElse(defaults.validity()),
        validity(fields, "caCertificateValidityPeriod").orElse(defaults.caValidity()));
  }

  private static Optional<String> filled(Fields fields, String name) {
    return fields.text(name).filter(text -> !text.isEmpty());
  }

  private static Etcd etcd(Fields etcd) {
    if (etcd.has("external")) {
      if (etcd.has("local")) {
        throw etcd.exclusive("local", "external");
      }
      return new Etcd.External(etcd.object("external").texts("endpoints"));
    }
    Fields local = etcd.object("local");
    return new Etcd.Local(local.texts("serverCertSANs"), local.texts("peerCertSANs"));
  }

  private static KeyAlgorithm keyAlgorithm(Fields fields) {
    return fields
        .text("encryptionAlgorithm", "one of " + KeyAlgorithm.labels(), KeyAlgorithm::named)
        .orElseGet(() ->
            // v1beta3 had a feature gate for it.
            fields.object("featureGates").isTrue("PublicKeysECDSA")
                ? KeyAlgorithm.ECDSA_P256
                : KeyAlgorithm.RSA_2048);
  }

  private static Optional<Duration> validity(Fields fields, String name) {
    return fields.text(
        name,
        "a duration above zero such as 8760h",
        text -> GoDuration.parse(text).filter(Duration::isPositive));
  }
}
