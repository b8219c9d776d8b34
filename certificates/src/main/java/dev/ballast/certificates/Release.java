package dev.ballast.certificates;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A minor release of kubeadm: what it made and how it printed changed over time.
 *
 * @param minor 29 for 1.29
 */
public record Release(int minor) implements Comparable<Release> {
  /** What is done when nobody asks for an older form. */
  public static final Release LATEST = new Release(36);

  /**
   * For a cluster whose release nobody knows and which may have been upgraded since it was made:
   * what older ones and newer ones give rights to.
   */
  public static final Release ANY = new Release(35);

  private static final Pattern VERSION = Pattern.compile("v?1\\.(\\d{1,3})(\\..*)?");

  /**
   * Reads {@code 1.29}, {@code v1.29.3} and the like.
   *
   * @throws CertificatesFailure when it is not such a version
   */
  public static Release parse(String version) {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      throw new CertificatesFailure(
          "'" + version + "' is not a version of kubeadm", "write it as 1.29 or v1.29.3");
    }
    return new Release(Integer.parseInt(matcher.group(1)));
  }

  /**
   * Since 1.29 the admin is a cluster admin by RBAC, and super-admin.conf is the one that is not.
   */
  public boolean hasSuperAdmin() {
    return minor >= 29;
  }

  /** Since 1.36.1 the API server may do with kubelets what a binding for its name says. */
  public boolean bindsKubeletClientByName() {
    return minor >= 36;
  }

  /** Since 1.35 the kubelet of a control-plane node asks the API server beside it, and no other. */
  public boolean keepsKubeletLocal() {
    return minor >= 35;
  }

  /** Since 1.24 the table names the authority of kubeconfigs too. */
  public boolean namesAuthorityOfKubeconfigs() {
    return minor >= 24;
  }

  /** Since 1.31 times to come are printed finer. */
  public boolean printsFineDurations() {
    return minor >= 31;
  }

  /** Since 1.32 the lines before the table name the ConfigMap. */
  public boolean namesConfigMap() {
    return minor >= 32;
  }

  /** How those lines say that the ConfigMap is written. */
  public String uploadCommand() {
    if (minor >= 34) {
      return "kubeadm init phase upload-config kubeadm --config your-config-file";
    }
    return "kubeadm init phase upload-config --config your-config"
        + (minor == 33 ? "-file" : ".yaml");
  }

  @Override
  public int compareTo(Release other) {
    return Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return "1." + minor;
  }
}
