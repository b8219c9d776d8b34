package dev.ballast.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.ballast.certificates.peers.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code deploy/certificates} holds, judged by those who read it: systemd and Kubernetes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DeployIT {
  private static final Path DEPLOY = Path.of("../deploy/certificates");

  @TempDir Path temp;

  private List<Path> units(String replaced, String by) throws IOException {
    var copies = new ArrayList<Path>();
    for (var name : List.of("ballast-certificates.service", "ballast-certificates.timer")) {
      var text = Files.readString(DEPLOY.resolve(name)).replace(replaced, by);
      copies.add(Files.writeString(temp.resolve(name), text));
    }
    return copies;
  }

  private static Peers.Outcome verify(List<Path> units) {
    var command = new ArrayList<>(List.of("systemd-analyze", "verify"));
    units.forEach(unit -> command.add(unit.toString()));
    return Peers.run(command);
  }

  @Test
  void systemd_finds_nothing_wrong_with_the_units() throws IOException {
    Peers.require("systemd-analyze", "systemd");

    // The program is not installed where tests run; its place is the one thing not judged here.
    var judged = verify(units("/usr/bin/ballast", "/bin/true"));

    assertThat(judged.status()).as(judged.output()).isZero();
    assertThat(judged.output()).isEmpty();
  }

  @Test
  void systemd_would_have_said_so() throws IOException {
    Peers.require("systemd-analyze", "systemd");

    assertThat(verify(units("ProtectSystem=strict", "ProtectSystm=strict")).output())
        .contains("ProtectSystm");
  }

  /** kubectl reads into Kubernetes' own types and drops what they do not have. */
  @Test
  void every_field_of_the_DaemonSet_is_one_of_Kubernetes() throws IOException {
    Peers.require("kubectl", "kubernetes-client, or run dev/peers");
    var written = new YAMLMapper().readTree(Files.readString(DEPLOY.resolve("daemonset.yaml")));

    assertThat(lost(written, throughKubectl(written))).isEmpty();
    ((ObjectNode) written.at("/spec/template/spec")).put("hostPid", true);
    assertThat(lost(written, throughKubectl(written)))
        .as("the judge sees what is misspelt")
        .containsExactly("/spec/template/spec/hostPid");
  }

  private JsonNode throughKubectl(JsonNode object) throws IOException {
    // It prints nothing when nothing changes.
    var another = object.deepCopy();
    ((ObjectNode) another.at("/spec/template/spec/containers/0")).put("image", "another");
    var file = Files.writeString(temp.resolve("object.json"), another.toString());
    var output =
        Peers.run(
                "kubectl",
                "set",
                "image",
                "--local",
                "-f",
                "" + file,
                "agent=ballast:latest",
                "-ojson")
            .orFail();
    return new ObjectMapper().readTree(output);
  }

  /** Where a value of the first is not in the second, or another; 16Mi may be written 16777216. */
  private static List<String> lost(JsonNode written, JsonNode read) {
    var lost = new ArrayList<String>();
    compare("", written, read, lost);
    return lost;
  }

  private static void compare(String at, JsonNode written, JsonNode read, List<String> lost) {
    if (read.isMissingNode()) {
      lost.add(at);
    } else if (written.isArray()) {
      for (int i = 0; i < written.size(); i++) {
        compare(at + "/" + i, written.get(i), read.path(i), lost);
      }
    } else if (written.isObject()) {
      written
          .properties()
          .forEach(e -> compare(at + "/" + e.getKey(), e.getValue(), read.path(e.getKey()), lost));
    } else if (!written.asText().equals(read.asText())) {
      lost.add(at + ": " + written + " became " + read);
    }
  }
}
