package dev.ballast.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class UserNamespacesTest {
  @TempDir private Path proc;

  @BeforeEach
  void kernelWithUserNamespaces() throws Exception {
    put("self/ns/user", "");
    put("sys/user/max_user_namespaces", "15000");
  }

  private void put(String file, String text) throws Exception {
    Path path = proc.resolve(file);
    Files.createDirectories(proc.resolve(file.substring(0, file.lastIndexOf('/'))));
    Files.writeString(path, text + "\n");
  }

  @Test
  void nothing_forbids_them_on_a_kernel_without_the_distributions_switches() {
    assertThat(UserNamespaces.refusal(proc)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "user/max_user_namespaces, 0, user.max_user_namespaces=15000",
    "kernel/unprivileged_userns_clone, 0, kernel.unprivileged_userns_clone=1",
    "kernel/apparmor_restrict_unprivileged_userns, 1, apparmor_restrict_unprivileged_userns=0"
  })
  void names_the_setting_and_the_remedy(String file, String value, String remedy) throws Exception {
    put("sys/" + file, value);

    assertThat(UserNamespaces.refusal(proc)).get().asString().contains("sysctl", remedy);
  }

  @Test
  void a_kernel_without_them_is_told() throws Exception {
    Files.delete(proc.resolve("self/ns/user"));

    assertThat(UserNamespaces.refusal(proc)).get().asString().contains("CONFIG_USER_NS");
  }
}
