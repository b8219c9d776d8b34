package dev.ballast.roles.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.concurrency.Task;
import dev.ballast.concurrency.TaskState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tasks of a process over its admin socket: asked by curl, compared with jcmd's dump. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class TaskAdminIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;
  private final Scheduler scheduler = Scheduler.start("admin-it", 2);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final Object monitor = new Object();
  private AdminSocket socket;
  private Path path;
  private Task waiter;

  @BeforeEach
  void open() throws Exception {
    AdminHandlers handlers = new AdminHandlers();
    TaskAdmin.register(handlers, scheduler);
    path = directory.resolve("admin.sock");
    socket = AdminSocket.open(path, handlers, scheduler.threadFactory());
    waiter = scheduler.go("waiter", this::waitHolding);
    await(() -> waiter.thread().getState() == Thread.State.WAITING);
  }

  private void waitHolding() {
    synchronized (monitor) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @AfterEach
  void close() throws IOException {
    gate.countDown();
    socket.close();
    scheduler.close();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private String ask(String target) throws Exception {
    return output(
        "curl", "-s", "--max-time", "20", "--unix-socket", path.toString(), "http://x" + target);
  }

  private static String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }

  private Process suspend() throws Exception {
    Process client =
        new ProcessBuilder(
                "curl",
                "-sN",
                "--unix-socket",
                path.toString(),
                "http://x/tasks/" + waiter.id() + "/suspend")
            .start();
    assertThat(client.inputReader().readLine()).contains("\"waiter\" is suspended");
    return client;
  }

  @Test
  void the_list_has_state_age_os_thread_and_wait_reason() throws Exception {
    scheduler.go(
        "wired",
        () -> {
          Task.lockOSThread();
          waitHolding();
        });
    Task wired =
        scheduler.tasks().stream()
            .filter(task -> task.thread().getName().equals("wired"))
            .findFirst()
            .orElseThrow();
    await(() -> wired.thread().getState() == Thread.State.BLOCKED);

    assertThat(ask("/tasks"))
        .containsPattern("ID +STATE +AGE +SINCE +OS THREAD +WAITS FOR +NAME\n")
        .containsPattern(
            "\n *%d +WAITING +\\d+m?s +\\d+m?s +- +parked on CountDownLatch\\$Sync +waiter\n"
                .formatted(waiter.id()))
        .containsPattern(
            "\n *%d +WAITING +\\d+m?s +\\d+m?s +admin-it-carrier-\\d+ \\(tid \\d+\\) +monitor enter +wired\n"
                .formatted(wired.id()))
        .containsPattern("\nSCHED \\d+ms: tasks=\\d+ ");
  }

  @Test
  void a_suspension_ends_when_its_client_is_killed_and_two_count() throws Exception {
    Process one = suspend();
    Process two = suspend();
    assertThat(waiter.suspensions()).isEqualTo(2);
    one.destroyForcibly();
    await(() -> waiter.suspensions() == 1);
    gate.countDown();
    await(() -> waiter.state() == TaskState.HELD);
    assertThat(ask("/tasks")).containsPattern("\n *" + waiter.id() + " +SUSPENDED ");
    two.destroyForcibly();
    assertThat(waiter.join(java.time.Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void the_tasks_that_serve_the_socket_are_not_suspended() throws Exception {
    List<Task> serving =
        scheduler.tasks().stream()
            .filter(task -> task.thread().getName().startsWith("admin-"))
            .toList();
    assertThat(serving).isNotEmpty();
    for (Task task : serving) {
      assertThat(ask("/tasks/" + task.id() + "/suspend")).contains("serves this admin socket");
      assertThat(task.suspensions()).isZero();
    }
    Process client = suspend();
    Task held =
        scheduler.tasks().stream()
            .filter(task -> task.thread().getName().equals("admin-client"))
            .findFirst()
            .orElseThrow();
    assertThat(ask("/tasks/" + held.id() + "/suspend")).contains("serves this admin socket");
    assertThat(ask("/tasks/" + waiter.id() + "/resume")).contains("0 are left");
    assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_suspension_says_where_the_task_was() throws Exception {
    Process client =
        new ProcessBuilder(
                "curl",
                "-sN",
                "--unix-socket",
                path.toString(),
                "http://x/tasks/" + waiter.id() + "/suspend")
            .start();
    assertThat(client.inputReader().readLine()).contains("is suspended (it was waiting)");
    client.destroyForcibly();
    await(() -> waiter.suspensions() == 0);
  }

  @Test
  void resume_ends_a_suspension_and_its_client() throws Exception {
    Process client = suspend();
    assertThat(ask("/tasks/" + waiter.id() + "/resume")).contains("0 are left");
    assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ask("/tasks/" + waiter.id() + "/resume")).contains("was not suspended from here");
  }

  @Test
  void a_stack_names_what_the_frames_hold() throws Exception {
    assertThat(ask("/tasks/" + waiter.id() + "/stack"))
        .contains("TaskAdminIT.waitHolding(")
        .contains(
            "owns the monitor of java.lang.Object@"
                + Integer.toHexString(System.identityHashCode(monitor)));
  }

  @Test
  void bad_questions_are_refused_and_the_socket_lives_on() throws Exception {
    assertThat(ask("/tasks/999999/stack")).contains("there is no task 999999");
    assertThat(ask("/tasks/x/stack")).contains("not a task's number: x");
    assertThat(ask("/tasks/-1/stack")).contains("not a task's number: -1");
    assertThat(ask("/tasks/99999999999999999999/stack")).contains("not a task's number");
    assertThat(ask("/tasks/" + waiter.id() + "/kill")).contains("not kill");
    assertThat(raw("\0\1\2garbage\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(raw("GET / HTTP/1.1\r\nX: " + "a".repeat(100_000))).startsWith("HTTP/1.1 4");
    assertThat(ask("/tasks")).contains("waiter");
  }

  private String raw(String bytes) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      ByteBuffer request = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8));
      try {
        while (request.hasRemaining()) {
          channel.write(request);
        }
      } catch (IOException e) {
        // It was answered before all was read.
      }
      return new String(Channels.newInputStream(channel).readNBytes(12), StandardCharsets.UTF_8);
    }
  }

  /** Paths of fields, each with the kinds of values that it was seen with. */
  private static Map<String, Set<String>> shape(JsonNode node) {
    Map<String, Set<String>> shape = new HashMap<>();
    collect("", node, shape);
    return shape;
  }

  private static void collect(String at, JsonNode node, Map<String, Set<String>> into) {
    into.computeIfAbsent(at, _ -> new TreeSet<>()).add(node.getNodeType().toString());
    if (node.isObject()) {
      node.properties()
          .forEach(field -> collect(at + "/" + field.getKey(), field.getValue(), into));
    } else {
      node.forEach(element -> collect(at + "[]", element, into));
    }
  }

  @Test
  void a_snapshot_has_the_schema_of_jcmds_dump_and_the_same_facts() throws Exception {
    Task blocked = scheduler.go("blocked", this::waitHolding);
    await(() -> blocked.thread().getState() == Thread.State.BLOCKED);
    Object condition = new Object();
    Task waits =
        scheduler.go(
            "waits",
            () -> {
              synchronized (condition) {
                try {
                  condition.wait();
                } catch (InterruptedException e) {
                  // The end of this test.
                }
              }
            });
    await(() -> waits.thread().getState() == Thread.State.WAITING);
    Path file = directory.resolve("jcmd.json");
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    String unused =
        output(
            jcmd.toString(),
            Long.toString(ProcessHandle.current().pid()),
            "Thread.dump_to_file",
            "-format=json",
            file.toString());
    JsonNode theirs = JSON.readTree(file.toFile());
    JsonNode ours = JSON.readTree(ask("/tasks/snapshot"));
    waits.thread().interrupt();

    Map<String, Set<String>> known = shape(theirs);
    shape(ours)
        .forEach((field, kinds) -> {
          // A carrier is told of those only that ran just then.
          if (!field.contains("/task") && !field.endsWith("/carrier")) {
            assertThat(known).as("jcmd has " + field).containsKey(field);
            assertThat(known.get(field)).as(field).containsAll(kinds);
          }
        });
    // What every container and every thread of theirs has, ours have.
    for (String array :
        List.of("/threadDump/threadContainers", "/threadDump/threadContainers//threads")) {
      Set<String> always = always(theirs, array);
      assertThat(always(ours, array)).containsAll(always);
    }
    for (Task task : List.of(waiter, blocked, waits)) {
      JsonNode mine = thread(ours, task.thread().threadId());
      JsonNode other = thread(theirs, task.thread().threadId());
      for (String field :
          List.of(
              "tid",
              "name",
              "virtual",
              "state",
              "parkBlocker",
              "blockedOn",
              "waitingOn",
              "stack",
              "monitorsOwned")) {
        assertThat(mine.path(field)).as(task + " " + field).isEqualTo(other.path(field));
      }
    }
  }

  private static JsonNode thread(JsonNode dump, long tid) {
    for (JsonNode container : dump.at("/threadDump/threadContainers")) {
      for (JsonNode thread : container.path("threads")) {
        if (thread.path("tid").asText().equals(Long.toString(tid))) {
          return thread;
        }
      }
    }
    throw new AssertionError("no thread " + tid + " in " + dump);
  }

  /** The names of fields that all objects in that place have. */
  private static Set<String> always(JsonNode dump, String array) {
    Set<String> always = null;
    for (JsonNode container : dump.at("/threadDump/threadContainers")) {
      Iterable<JsonNode> all =
          array.endsWith("threads") ? container.path("threads") : List.of(container);
      for (JsonNode each : all) {
        Set<String> names = new TreeSet<>();
        each.fieldNames().forEachRemaining(names::add);
        if (always == null) {
          always = names;
        } else {
          always.retainAll(names);
        }
      }
    }
    return always == null ? Set.of() : always;
  }
}
