package dev.ballast.certificates.config;

import dev.ballast.pki.KeyAlgorithm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * kubeadm's ClusterConfiguration, as far as certificates depend on it.
 *
 * @param clusterName the name in kubeconfigs
 * @param certificatesDir where the PKI is
 * @param controlPlaneEndpoint host, or host:port; empty when there is none
 * @param serviceSubnets CIDRs separated by commas
 * @param certSans further names of the API server
 * @param etcd where etcd is
 * @param keyAlgorithm kubeadm's encryptionAlgorithm
 * @param validity of leaf certificates
 * @param caValidity of authorities
 */
public record ClusterConfiguration(
    String clusterName,
    Path certificatesDir,
    String controlPlaneEndpoint,
    String serviceSubnets,
    String dnsDomain,
    List<String> certSans,
    Etcd etcd,
    KeyAlgorithm keyAlgorithm,
    Duration validity,
    Duration caValidity) {

  public static final Duration DEFAULT_VALIDITY = Duration.ofDays(365);
  public static final Duration DEFAULT_CA_VALIDITY = Duration.ofDays(3650);

  /** What kubeadm assumes where nothing is said. */
  public static final ClusterConfiguration DEFAULT =
      new ClusterConfiguration(
          "kubernetes",
          Path.of("/etc/kubernetes/pki"),
          "",
          "10.96.0.0/12",
          "cluster.local",
          List.of(),
          new Etcd.Local(List.of(), List.of()),
          KeyAlgorithm.RSA_2048,
          DEFAULT_VALIDITY,
          DEFAULT_CA_VALIDITY);

  /** Where etcd is. */
  public sealed interface Etcd {
    /** On the control-plane nodes, with these further names. */
    record Local(List<String> serverCertSans, List<String> peerCertSans) implements Etcd {
      public Local {
        serverCertSans = List.copyOf(serverCertSans);
        peerCertSans = List.copyOf(peerCertSans);
      }
    }

    /** Elsewhere; somebody else looks after its certificates. */
    record External(List<String> endpoints) implements Etcd {
      public External {
        endpoints = List.copyOf(endpoints);
      }
    }
  }

  public ClusterConfiguration {
    certSans = List.copyOf(certSans);
  }

  public boolean externalEtcd() {
    return etcd instanceof Etcd.External;
  }

  public ClusterConfiguration withCertificatesDir(Path directory) {
    return new ClusterConfiguration(
        clusterName,
        directory,
        controlPlaneEndpoint,
        serviceSubnets,
        dnsDomain,
        certSans,
        etcd,
        keyAlgorithm,
        validity,
        caValidity);
  }

  public ClusterConfiguration withKeyAlgorithm(KeyAlgorithm algorithm) {
    return new ClusterConfiguration(
        clusterName,
        certificatesDir,
        controlPlaneEndpoint,
        serviceSubnets,
        dnsDomain,
        certSans,
        etcd,
        algorithm,
        validity,
        caValidity);
  }
}
