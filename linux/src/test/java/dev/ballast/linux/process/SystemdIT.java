package dev.ballast.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.Root;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SystemdIT {
  private static final String LISTENER =
      """
      import os, socket, sys
      name = sys.argv[1]
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind('\\0' + name[1:] if name[0] == '@' else name)
      print('ready', flush=True)
      print(s.recv(4096).decode(), flush=True)
      """;

  @ParameterizedTest
  @ValueSource(strings = {"path", "abstract"})
  void a_socket_of_either_kind_hears_the_state(String kind, @TempDir Path directory)
      throws Exception {
    Root.require("python3");
    String name =
        kind.equals("path")
            ? directory.resolve("notify").toString()
            : "@blt-notify-" + ProcessHandle.current().pid();
    Process listener =
        new ProcessBuilder(List.of("python3", "-c", LISTENER, name))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var lines = listener.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("ready");

      Systemd.from(Map.of("NOTIFY_SOCKET", name)).orElseThrow().tell("READY=1\nSTATUS=up");

      assertThat(lines.readLine()).isEqualTo("READY=1");
      assertThat(lines.readLine()).isEqualTo("STATUS=up");
    } finally {
      listener.destroyForcibly().waitFor();
    }
  }

  @Test
  void nothing_is_told_where_nothing_listens() {
    assertThat(Systemd.from(Map.of())).isEmpty();
  }
}
