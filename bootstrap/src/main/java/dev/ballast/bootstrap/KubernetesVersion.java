package dev.ballast.bootstrap;

import java.util.regex.Pattern;

/**
 * A version of Kubernetes, and everything that differs between the minors that this program knows:
 * the only table of its kind.
 *
 * @param text with its {@code v}
 * @param minor 36 for v1.36.3
 */
public record KubernetesVersion(String text, int minor) {
  public static final int OLDEST_MINOR = 34;
  public static final int NEWEST_MINOR = 37;

  private static final Pattern FORM =
      Pattern.compile("v?1\\.(\\d{1,3})\\.\\d{1,4}(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?");

  /** The one that is taken when nothing says which. */
  public static final KubernetesVersion NEWEST = parse("v1.37.2");

  /** What one minor brings. */
  private record Row(
      String etcd,
      String coreDns,
      String pause,
      String api,
      boolean readsV1Beta3,
      boolean flexVolumes) {}

  private static Row row(int minor) {
    return switch (minor) {
      case 34 -> new Row("3.6.4-0", "v1.12.1", "3.10.1", "kubeadm.k8s.io/v1beta4", true, true);
      case 35 -> new Row("3.6.6-0", "v1.13.1", "3.10.1", "kubeadm.k8s.io/v1beta4", true, true);
      case 36 -> new Row("3.6.8-0", "v1.14.2", "3.10.2", "kubeadm.k8s.io/v1beta4", true, false);
      default -> new Row("3.7.0-0", "v1.14.6", "3.10.2", "kubeadm.k8s.io/v1beta4", false, false);
    };
  }

  /**
   * Reads {@code v1.36.3} or {@code 1.36.3}.
   *
   * @throws BootstrapFailure when it is something else, or of a minor that is not known here
   */
  public static KubernetesVersion parse(String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new BootstrapFailure(
          "kubernetesVersion '" + text + "' is not a version", "write it as v1.36.3");
    }
    int minor = Integer.parseInt(matcher.group(1));
    if (minor < OLDEST_MINOR || minor > NEWEST_MINOR) {
      throw new BootstrapFailure(
          "kubernetesVersion " + text + " is not supported: this program knows 1.34 to 1.37",
          "choose one of these, for example v1.36.3");
    }
    return new KubernetesVersion(text.startsWith("v") ? text : "v" + text, minor);
  }

  public String etcdTag() {
    return row(minor).etcd();
  }

  public String coreDnsTag() {
    return row(minor).coreDns();
  }

  public String pauseTag() {
    return row(minor).pause();
  }

  /** Returns the API version in which kubeadm of this minor stores its configuration. */
  public String configurationApi() {
    return row(minor).api();
  }

  /** Returns whether files of v1beta3 are still read. */
  public boolean readsV1Beta3() {
    return row(minor).readsV1Beta3();
  }

  /** Returns whether the controller manager sees the directory of FlexVolume plugins. */
  public boolean mountsFlexVolumes() {
    return row(minor).flexVolumes();
  }

  /** Returns whether kube-proxy's mode is written out: later it changes its default. */
  public boolean writesProxyMode() {
    return minor >= 37;
  }

  @Override
  public String toString() {
    return text;
  }
}
