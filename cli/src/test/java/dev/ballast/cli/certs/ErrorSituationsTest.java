package dev.ballast.cli.certs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.cli.CommandTree;
import dev.ballast.pki.KeyAlgorithm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What kubeadm meets and how it fails there, one by one, on the real commands: what is said, the
 * exit code, that one broken part hides nothing else, and that a refusal has changed nothing.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ErrorSituationsTest {
  @TempDir private Path directory;

  /** A way to break a cluster, and what the two commands answer. */
  private enum Situation {
    THE_KEY_OF_AN_AUTHORITY_IS_MISSING(
        new Answer(0, "apiserver ", "yes"),
        new Answer(
            0,
            "Detected external ca, certificate for serving the Kubernetes API can't be renewed",
            "certificate for the front proxy client renewed")) {
      @Override
      void happen(Layout at) throws IOException {
        Files.delete(at.key(Authority.CA));
      }
    },
    THE_CERTIFICATE_OF_AN_AUTHORITY_IS_MISSING(
        new Answer(1, "ca.crt", "no such file"), new Answer(1, "ca.crt", "no such file")) {
      @Override
      void happen(Layout at) throws IOException {
        Files.delete(at.certificate(Authority.CA));
      }
    },
    AN_AUTHORITY_HAS_EXPIRED(new Answer(0, "<invalid>"), new Answer(1, "expired", "recover")) {
      @Override
      Instant born() {
        return Instant.now().minus(Duration.ofDays(3_700));
      }

      @Override
      void happen(Layout at) {
        // Time has.
      }
    },
    AN_AUTHORITY_IS_NONE(
        new Answer(1, "ca.crt", "is not a certificate authority"),
        new Answer(1, "ca.crt", "certificate CA is not a CA")) {
      @Override
      void happen(Layout at) throws IOException {
        copy(at.certificate(Leaf.APISERVER), at.certificate(Authority.CA));
      }
    },
    THE_KEY_IS_THAT_OF_ANOTHER_AUTHORITY(
        new Answer(0, "apiserver"), new Answer(1, "ca.crt", "not the key")) {
      @Override
      void happen(Layout at) throws IOException {
        copy(at.key(Authority.ETCD_CA), at.key(Authority.CA));
      }
    },
    A_CERTIFICATE_IS_MISSING(
        new Answer(0, "!MISSING! apiserver"),
        new Answer(0, "MISSING! certificate for serving the Kubernetes API")) {
      @Override
      void happen(Layout at) throws IOException {
        Files.delete(at.certificate(Leaf.APISERVER));
      }
    },
    THE_KEY_OF_A_CERTIFICATE_IS_MISSING(
        new Answer(0, "apiserver"),
        new Answer(0, "certificate for serving the Kubernetes API renewed")) {
      @Override
      void happen(Layout at) throws IOException {
        Files.delete(at.key(Leaf.APISERVER));
      }
    },
    THE_KEY_OF_A_CERTIFICATE_IS_ANOTHERS(
        new Answer(0, "apiserver"),
        new Answer(0, "certificate for serving the Kubernetes API renewed")) {
      @Override
      void happen(Layout at) throws IOException {
        copy(at.key(Leaf.ETCD_PEER), at.key(Leaf.APISERVER));
      }
    },
    THE_KEY_OF_AN_AUTHORITY_IS_OF_ANOTHER_KIND(
        new Answer(0, "apiserver"), new Answer(1, "ca.key is neither in RSA nor ECDSA format")) {
      @Override
      void happen(Layout at) throws Exception {
        openssl("genpkey", "-algorithm", "ed25519", "-out", at.key(Authority.CA).toString());
      }
    },
    THE_KEY_OF_AN_AUTHORITY_IS_ENCRYPTED(
        new Answer(0, "apiserver"), new Answer(1, "ca.key", "encrypted")) {
      @Override
      void happen(Layout at) throws Exception {
        String key = at.key(Authority.CA).toString();
        openssl("pkcs8", "-topk8", "-in", key, "-passout", "pass:secret", "-out", key + ".new");
        Files.move(Path.of(key + ".new"), Path.of(key), StandardCopyOption.REPLACE_EXISTING);
      }
    },
    A_KUBECONFIG_HAS_NO_CONTEXT(
        new Answer(1, "admin.conf", "missing context nobody"),
        new Answer(1, "admin.conf", "missing context nobody")) {
      @Override
      void happen(Layout at) throws IOException {
        edit(at, "current-context: .*", "current-context: nobody");
      }
    },
    A_KUBECONFIG_HAS_NO_SUCH_CLUSTER(
        new Answer(1, "admin.conf", "missing cluster"),
        new Answer(1, "admin.conf", "missing cluster")) {
      @Override
      void happen(Layout at) throws IOException {
        edit(at, "( +)cluster: .*", "$1cluster: elsewhere");
      }
    },
    A_KUBECONFIG_HAS_NO_SUCH_USER(
        new Answer(1, "admin.conf", "missing authInfo"),
        new Answer(1, "admin.conf", "missing authInfo")) {
      @Override
      void happen(Layout at) throws IOException {
        edit(at, "( +)user: .*", "$1user: nobody");
      }
    },
    A_KUBECONFIG_HAS_NO_CERTIFICATE(
        new Answer(1, "admin.conf", "does not have an embedded client certificate"),
        new Answer(1, "admin.conf", "does not have an embedded client certificate")) {
      @Override
      void happen(Layout at) throws IOException {
        edit(at, " +client-certificate-data: .*\n", "");
      }
    },
    A_KUBECONFIG_HAS_NO_VALID_CERTIFICATE(
        new Answer(1, "admin.conf", "does not contain a valid client certificate"),
        new Answer(1, "admin.conf", "does not contain a valid client certificate")) {
      @Override
      void happen(Layout at) throws IOException {
        edit(at, "client-certificate-data: .*", "client-certificate-data: bm9uZQ==");
      }
    },
    A_KUBECONFIG_IS_NO_YAML(
        new Answer(1, "failed to load kubeConfig file", "admin.conf: line 1"),
        new Answer(1, "failed to load kubeConfig file", "admin.conf: line 1")) {
      @Override
      void happen(Layout at) throws IOException {
        Files.writeString(at.kubeconfig(KubeconfigFile.ADMIN), "just: [broken");
      }
    },
    A_CERTIFICATE_IS_CUT_OFF(
        new Answer(1, "apiserver.crt", "!BROKEN! apiserver"),
        new Answer(1, "apiserver.crt", "nothing was changed")) {
      @Override
      void happen(Layout at) throws IOException {
        Path file = at.certificate(Leaf.APISERVER);
        Files.writeString(file, Files.readString(file).substring(0, 300));
      }
    },
    /** Of those that are signed here and come late in the list. */
    THE_LAST_CANNOT_BE_RENEWED(
        new Answer(0, "front-proxy-client"),
        new Answer(1, "failed to renew certificate front-proxy-client", "nothing was changed")) {
      @Override
      void happen(Layout at) throws IOException {
        Files.writeString(at.key(Authority.FRONT_PROXY_CA), "broken");
      }
    };

    /** An exit code, and texts somewhere in what is printed. */
    private record Answer(int code, List<String> texts) {
      Answer(int code, String... texts) {
        this(code, List.of(texts));
      }
    }

    private final Answer check;
    private final Answer renew;

    Situation(Answer check, Answer renew) {
      this.check = check;
      this.renew = renew;
    }

    abstract void happen(Layout at) throws Exception;

    Instant born() {
      return Instant.now();
    }

    static void copy(Path from, Path to) throws IOException {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    static void edit(Layout at, String pattern, String with) throws IOException {
      Path file = at.kubeconfig(KubeconfigFile.ADMIN);
      String before = Files.readString(file);
      String after = before.replaceAll(pattern, with);
      assertThat(after).as("%s is there", pattern).isNotEqualTo(before);
      Files.writeString(file, after);
    }

    static void openssl(String... words) throws Exception {
      String[] command = new String[words.length + 1];
      command[0] = "openssl";
      System.arraycopy(words, 0, command, 1, words.length);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
  }

  private Layout cluster(Instant born) {
    Layout layout = new Layout(directory.resolve("pki"), directory);
    new ClusterCreation(
            new InitConfiguration(
                ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
                "cp-1",
                InetAddress.ofLiteral("192.0.2.10"),
                6443),
            layout,
            Release.LATEST,
            new KeyForge(new SecureRandom(), Thread.ofVirtual().factory(), 2),
            born,
            _ -> {})
        .createAll();
    return layout;
  }

  private static void answers(Situation.Answer wanted, Layout at, String... command) {
    var printed = new StringWriter();
    var cli = CommandTree.whole(new CertsCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    cli.setOut(new PrintWriter(printed));
    cli.setErr(new PrintWriter(printed));
    cli.setExecutionExceptionHandler((thrown, line, _) -> {
      line.getErr().println("error: " + thrown.getMessage());
      return 1;
    });
    String[] all = java.util.Arrays.copyOf(command, command.length + 5);
    all[command.length] = "--cert-dir";
    all[command.length + 1] = at.certificatesDir().toString();
    all[command.length + 2] = "--kubeconfig-dir";
    all[command.length + 3] = at.kubeconfigDir().toString();
    all[command.length + 4] = "--offline";

    int code = cli.execute(all);

    assertThat(printed.toString()).contains(wanted.texts());
    assertThat(code).as(printed.toString()).isEqualTo(wanted.code());
    if (code != 0) {
      assertThat(printed.toString()).as("says what to do").contains("try: ");
    }
  }

  /** Every file below a directory, with its content. */
  private static Map<String, String> tree(Path top) throws IOException {
    var tree = new TreeMap<String, String>();
    try (var all = Files.walk(top)) {
      for (Path each : all.toList()) {
        if (Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)) {
          tree.put(
              top.relativize(each).toString(), HexFormat.of().formatHex(Files.readAllBytes(each)));
        }
      }
    }
    return tree;
  }

  @ParameterizedTest
  @EnumSource
  void is_answered_with_what_to_do_and_hides_and_loses_nothing(Situation situation)
      throws Exception {
    Layout layout = cluster(situation.born());
    situation.happen(layout);
    Map<String, String> before = tree(directory);

    answers(situation.check, layout, "check-expiration");
    // The others are in the table whatever happened to one.
    answers(
        new Situation.Answer(situation.check.code(), "etcd-healthcheck-client", "front-proxy-ca"),
        layout,
        "check-expiration");
    assertThat(tree(directory)).isEqualTo(before);

    answers(situation.renew, layout, "renew", "all");
    if (situation.renew.code() == 0) {
      assertThat(tree(directory)).isNotEqualTo(before);
    } else {
      assertThat(tree(directory)).as("all or nothing").isEqualTo(before);
    }
  }
}
