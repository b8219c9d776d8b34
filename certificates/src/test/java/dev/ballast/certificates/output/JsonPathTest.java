package dev.ballast.certificates.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.yaml.Yaml;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Against what client-go's jsonpath answers: src/test/golden/main.go. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class JsonPathTest {

  /** The same value as in main.go; its maps have sorted keys, as Go prints them. */
  static Map<String, @Nullable Object> data() {
    var missing = new TreeMap<String, @Nullable Object>();
    missing.put("name", "super-admin.conf");
    missing.put("expirationDate", null);
    missing.put("residualTime", 0L);
    missing.put("externallyManaged", false);
    missing.put("missing", true);
    var data = new TreeMap<String, @Nullable Object>();
    data.put("kind", "CertificateExpirationInfo");
    data.put("apiVersion", "output.kubeadm.k8s.io/v1alpha3");
    data.put(
        "certificates",
        List.of(
            one("admin.conf", "ca", 100),
            one("apiserver", "ca", 201),
            one("etcd-server", "etcd-ca", -5),
            missing));
    data.put("certificateAuthorities", List.of(one("ca", "", 3000)));
    return data;
  }

  private static Map<String, @Nullable Object> one(String name, String authority, long left) {
    var one = new TreeMap<String, @Nullable Object>();
    one.put("name", name);
    one.put("caName", authority);
    one.put("residualTime", left);
    one.put("missing", false);
    one.put("externallyManaged", left % 2 == 1);
    one.put("expirationDate", "2027-01-04T12:42:11Z");
    return one;
  }

  /** Lines of two quoted texts, or of a quoted text and the word error. */
  static List<String[]> golden(String name) throws Exception {
    try (InputStream in = JsonPathTest.class.getResourceAsStream("/golden/" + name)) {
      var cases = new ArrayList<String[]>();
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        boolean error = line.endsWith(" error");
        int split = error ? line.length() - 6 : line.indexOf("\" \"") + 1;
        cases.add(
            new String[] {
              unquote(line.substring(0, split)), error ? null : unquote(line.substring(split + 1))
            });
      }
      return cases;
    }
  }

  private static String unquote(String quoted) {
    Object value = Yaml.value(Yaml.parse("golden", quoted).getFirst().root());
    return String.valueOf(value);
  }

  @Test
  void templates_say_what_client_go_says() throws Exception {
    List<String[]> cases = golden("jsonpath.txt");

    assertThat(cases)
        .hasSizeGreaterThan(25)
        .allSatisfy(one -> {
          if (one[1] == null) {
            assertThatThrownBy(() -> new JsonPath(one[0], true).text(data()))
                .as(one[0])
                .isInstanceOf(CertificatesFailure.class);
          } else {
            assertThat(new JsonPath(one[0], true).text(data())).as(one[0]).isEqualTo(one[1]);
          }
        });
  }

  @Test
  void a_missing_key_is_an_error_when_asked_for() {
    assertThatThrownBy(() -> new JsonPath("{.nothing}", false).text(data()))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("nothing is not found");
  }
}
