package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Code that knows nothing of tasks, inside one: it runs as it is, and what it starts is a task. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class OrdinaryCodeTest {
  private static <T> T inTask(Callable<T> body) throws Exception {
    try (Scheduler scheduler = Scheduler.start("ordinary", 1)) {
      return scheduler.submit(body).get(30, TimeUnit.SECONDS);
    }
  }

  /** Whether the calling thread is a task that this one, or one that it made, has made. */
  private static boolean isDescendant(Task ancestor) {
    Task at = Task.current().orElse(null);
    while (at != null && at != ancestor) {
      at = at.parent().orElse(null);
    }
    return at == ancestor && Task.current().filter(ancestor::equals).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "builder", "factory", "inside", "outside", "future"})
  void a_virtual_thread_that_is_started_inside_is_a_task(String way) throws Exception {
    try (ExecutorService outside = Executors.newVirtualThreadPerTaskExecutor()) {
      boolean adopted =
          inTask(() -> {
            Task self = Task.current().orElseThrow();
            CompletableFuture<Boolean> child = new CompletableFuture<>();
            Runnable body = () -> child.complete(isDescendant(self));
            switch (way) {
              case "start" -> Thread.startVirtualThread(body);
              case "builder" -> Thread.ofVirtual().name("mine").start(body);
              case "factory" -> Thread.ofVirtual().factory().newThread(body).start();
              case "inside" -> {
                try (ExecutorService inside = Executors.newVirtualThreadPerTaskExecutor()) {
                  inside.submit(body).get();
                }
              }
              case "outside" -> outside.submit(body).get();
              case "future" -> CompletableFuture.runAsync(body, outside).get();
              default -> throw new IllegalArgumentException(way);
            }
            return child.get();
          });
      assertThat(adopted).isTrue();
    }
  }

  @Test
  void an_http_client_and_server_work_inside_and_their_threads_are_tasks() throws Exception {
    boolean adopted =
        inTask(() -> {
          Task self = Task.current().orElseThrow();
          HttpServer server =
              HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
          CompletableFuture<Boolean> handled = new CompletableFuture<>();
          try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
              HttpClient client = HttpClient.newBuilder().executor(tasks).build()) {
            server.createContext(
                "/",
                exchange -> {
                  exchange.sendResponseHeaders(200, 2);
                  exchange.getResponseBody().write(new byte[] {'o', 'k'});
                  exchange.close();
                });
            server.start();
            tasks.execute(() -> handled.complete(isDescendant(self)));
            HttpResponse<String> answer =
                client.send(
                    HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"))
                        .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("ok");
          } finally {
            server.stop(0);
          }
          return handled.get();
        });
    assertThat(adopted).isTrue();
  }

  @Test
  void thread_locals_and_scoped_values_belong_to_the_task() throws Exception {
    ThreadLocal<String> own = ThreadLocal.withInitial(() -> "initial");
    InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
    ScopedValue<String> scoped = ScopedValue.newInstance();
    List<String> seen =
        inTask(() -> {
          own.set("parent");
          inherited.set("from the parent");
          List<String> all = new ArrayList<>();
          Thread child =
              Thread.startVirtualThread(() -> {
                all.add(own.get());
                all.add(inherited.get());
              });
          child.join();
          Thread.sleep(1);
          all.add(own.get());
          all.add(
              ScopedValue.where(scoped, "bound")
                  .call(() -> {
                    LockSupport.parkNanos(1_000);
                    return scoped.get();
                  }));
          return all;
        });
    assertThat(seen).containsExactly("initial", "from the parent", "parent", "bound");
  }

  @Test
  void monitors_wait_and_notify_on_one_carrier() throws Exception {
    int turns =
        inTask(() -> {
          Object monitor = new Object();
          int[] turn = {0};
          Runnable player =
              Tasks.body(() -> {
                synchronized (monitor) {
                  int mine = turn[0] % 2;
                  turn[0]++;
                  monitor.notifyAll();
                  for (int i = 0; i < 1_000; i++) {
                    while (turn[0] % 2 != mine) {
                      monitor.wait();
                    }
                    turn[0]++;
                    monitor.notifyAll();
                  }
                }
              });
          Thread one = Thread.startVirtualThread(player);
          Thread two = Thread.startVirtualThread(player);
          one.join();
          two.join();
          return turn[0];
        });
    assertThat(turns).isEqualTo(2_002);
  }

  @Test
  void locks_semaphores_conditions_and_exchangers_work() throws Exception {
    String met =
        inTask(() -> {
          ReentrantLock lock = new ReentrantLock();
          Condition changed = lock.newCondition();
          Semaphore permits = new Semaphore(0);
          Exchanger<String> exchanger = new Exchanger<>();
          boolean[] set = {false};
          Thread other =
              Thread.startVirtualThread(
                  Tasks.body(() -> {
                    permits.acquire();
                    lock.lock();
                    try {
                      set[0] = true;
                      changed.signalAll();
                    } finally {
                      lock.unlock();
                    }
                    exchanger.exchange("theirs");
                  }));
          lock.lock();
          try {
            permits.release();
            while (!set[0]) {
              changed.await();
            }
          } finally {
            lock.unlock();
          }
          String theirs = exchanger.exchange("mine");
          other.join();
          return theirs;
        });
    assertThat(met).isEqualTo("theirs");
  }

  @Test
  void sleep_timeouts_and_interrupts_work() throws Exception {
    boolean interrupted =
        inTask(() -> {
          assertThatThrownBy(() -> new CompletableFuture<Void>().get(1, TimeUnit.MILLISECONDS))
              .isInstanceOf(TimeoutException.class);
          CountDownLatch began = new CountDownLatch(1);
          CompletableFuture<Boolean> woken = new CompletableFuture<>();
          Thread sleeper =
              Thread.startVirtualThread(() -> {
                began.countDown();
                try {
                  Thread.sleep(Duration.ofHours(1));
                  woken.complete(false);
                } catch (InterruptedException e) {
                  woken.complete(true);
                }
              });
          began.await();
          sleeper.interrupt();
          return woken.get();
        });
    assertThat(interrupted).isTrue();
  }

  @Test
  void sockets_block_the_task_only() throws Exception {
    int echoed =
        inTask(() -> {
          try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread accepts =
                Thread.startVirtualThread(
                    Tasks.body(() -> {
                      for (int i = 0; i < 4; i++) {
                        Socket client = server.accept();
                        Thread.startVirtualThread(Tasks.body(() -> echo(client)));
                      }
                    }));
            ConcurrentHashMap<Integer, Integer> answers = new ConcurrentHashMap<>();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              int number = i;
              clients.add(
                  Thread.startVirtualThread(
                      Tasks.body(() -> answers.put(number, talk(server, number)))));
            }
            for (Thread each : clients) {
              each.join();
            }
            accepts.join();
            return answers.values().stream().mapToInt(Integer::intValue).sum();
          }
        });
    assertThat(echoed).isEqualTo(4 * 100);
  }

  private static void echo(Socket client) throws IOException {
    try (client) {
      client.getInputStream().transferTo(client.getOutputStream());
    }
  }

  private static int talk(ServerSocket server, int number) throws IOException {
    int right = 0;
    try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      for (int i = 0; i < 100; i++) {
        out.writeInt(number * i);
        right += in.readInt() == number * i ? 1 : 0;
      }
    }
    return right;
  }
}
