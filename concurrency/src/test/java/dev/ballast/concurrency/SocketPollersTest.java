package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets wake tasks without the JDK's carriers, and all others whichever schedulers there are. */
@Timeout(60)
class SocketPollersTest {
  @Test
  void waitOnTheWorkersOfASchedulerWhileThereIsOne() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                JdkInternals.OPENS,
                "-cp",
                System.getProperty("java.class.path"),
                Echoing.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(said.lines())
        .containsExactly(
            "one scheduler: 2000 echoed, JDK's carriers: false",
            "two schedulers, one of them busy: 2000 echoed, JDK's carriers: false",
            "the other one: 2000 echoed, JDK's carriers: false",
            "none: 2000 echoed, JDK's carriers: true",
            "a new one: 2000 echoed, JDK's carriers: true");
  }

  /** What the other JVM runs: its first socket is that of a task. */
  static final class Echoing {
    private static final int CONNECTIONS = 20;
    private static final int ROUNDS = 100;

    private Echoing() {}

    public static void main(String[] arguments) throws Exception {
      Scheduler first = Scheduler.start("first", 2);
      say("one scheduler", first.threadFactory());
      Scheduler second = Scheduler.start("second", 1);
      CountDownLatch over = new CountDownLatch(1);
      Task busy =
          first.go(() -> {
            while (over.getCount() > 0) {
              Task.checkpoint();
            }
          });
      say("two schedulers, one of them busy", second.threadFactory());
      over.countDown();
      busy.join();
      first.close();
      say("the other one", second.threadFactory());
      second.close();
      say("none", Thread.ofVirtual().factory());
      try (Scheduler third = Scheduler.start("third", 1)) {
        say("a new one", third.threadFactory());
      }
    }

    private static void say(String who, ThreadFactory threads) throws Exception {
      int echoed = echo(threads);
      boolean carriers =
          Thread.getAllStackTraces().keySet().stream()
              .anyMatch(thread -> thread.getName().startsWith("ForkJoinPool-1-worker"));
      System.out.println(who + ": " + echoed + " echoed, JDK's carriers: " + carriers);
    }

    private static int echo(ThreadFactory threads) throws Exception {
      CountDownLatch echoed = new CountDownLatch(CONNECTIONS * ROUNDS);
      CountDownLatch ended = new CountDownLatch(CONNECTIONS + 1);
      try (ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
        start(
            threads,
            ended,
            () -> {
              for (int i = 0; i < CONNECTIONS; i++) {
                Socket socket = listener.accept();
                start(threads, new CountDownLatch(1), () -> answer(socket));
              }
            });
        for (int i = 0; i < CONNECTIONS; i++) {
          start(threads, ended, () -> ask(listener.getLocalPort(), echoed));
        }
        boolean _ = ended.await(20, TimeUnit.SECONDS);
      }
      return CONNECTIONS * ROUNDS - (int) echoed.getCount();
    }

    private static void answer(Socket socket) throws IOException {
      try (socket) {
        for (int read; (read = socket.getInputStream().read()) >= 0; ) {
          socket.getOutputStream().write(read);
        }
      }
    }

    private static void ask(int port, CountDownLatch echoed) throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        for (int i = 0; i < ROUNDS; i++) {
          socket.getOutputStream().write(i);
          if (socket.getInputStream().read() == i) {
            echoed.countDown();
          }
        }
      }
    }

    private interface Body {
      void run() throws IOException;
    }

    private static void start(ThreadFactory threads, CountDownLatch ended, Body body) {
      threads
          .newThread(() -> {
            try {
              body.run();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            } finally {
              ended.countDown();
            }
          })
          .start();
    }
  }
}
