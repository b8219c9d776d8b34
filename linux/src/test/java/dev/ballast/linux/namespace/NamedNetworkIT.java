package dev.ballast.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.Root;
import java.nio.file.Files;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NamedNetworkIT {
  private final String name = "blt-named-" + ProcessHandle.current().pid();

  @BeforeEach
  void rights() {
    Root.require("ip");
  }

  @AfterEach
  void remove() {
    NamedNetwork.delete(name);
  }

  @Test
  void is_the_one_that_ip_netns_exec_enters() {
    NamespaceId id = Root.onThread(() -> NamedNetwork.create(name).id());

    String seen = Root.judge("ip", "netns", "exec", name, "readlink", "/proc/self/ns/net");

    assertThat(seen).isEqualTo(id.toString());
    assertThat(NamedNetwork.list()).contains(name);
  }

  @Test
  void leaves_the_creating_thread_where_it_was() {
    NamespaceId home = Namespace.currentId(NamespaceKind.NET);

    NamedNetwork.create(name).close();

    assertThat(Namespace.currentId(NamespaceKind.NET)).isEqualTo(home);
  }

  @Test
  void is_entered_by_one_thread_only() {
    NamespaceId home = Namespace.currentId(NamespaceKind.NET);
    NamespaceId id = Root.onThread(() -> NamedNetwork.create(name).id());

    NamespaceId inside =
        Root.onThread(() -> {
          try (Namespace network = NamedNetwork.open(name)) {
            network.enter();
          }
          return Namespace.currentId(NamespaceKind.NET);
        });

    assertThat(inside).isEqualTo(id).isNotEqualTo(home);
    assertThat(Namespace.currentId(NamespaceKind.NET)).isEqualTo(home);
  }

  @Test
  void is_not_entered_on_a_virtual_thread() throws Exception {
    NamedNetwork.create(name).close();
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          try (Namespace network = NamedNetwork.open(name)) {
            network.enter();
          }
          return null;
        });
    Thread.ofVirtual().start(task);

    assertThatThrownBy(task::get)
        .isInstanceOf(ExecutionException.class)
        .rootCause()
        .hasMessageContaining("on virtual thread");
  }

  @Test
  void refuses_a_name_that_is_taken_and_keeps_the_first() {
    NamespaceId id = Root.onThread(() -> NamedNetwork.create(name).id());

    assertThatThrownBy(() -> NamedNetwork.create(name))
        .isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.is(Errno.EEXIST)).isTrue())
        .hasMessageContaining("/run/netns/" + name);
    try (Namespace kept = NamedNetwork.open(name)) {
      assertThat(kept.id()).isEqualTo(id);
    }
  }

  @Test
  void is_gone_for_ip_after_a_delete() {
    NamedNetwork.create(name).close();

    assertThat(NamedNetwork.delete(name)).isTrue();

    assertThat(Files.exists(NamedNetwork.path(name))).isFalse();
    assertThat(Root.judge("ip", "netns", "list")).doesNotContain(name);
    assertThat(NamedNetwork.delete(name)).isFalse();
  }

  @Test
  void deletes_what_a_kill_between_the_two_steps_left() throws Exception {
    NamedNetwork.create(name).close();
    NamedNetwork.delete(name);
    Files.createFile(NamedNetwork.path(name));

    assertThat(NamedNetwork.delete(name)).isTrue();
  }

  @Test
  void refuses_names_that_leave_the_directory() {
    assertThatThrownBy(() -> NamedNetwork.create("../x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> NamedNetwork.delete(".."))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
