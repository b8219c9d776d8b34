package dev.ballast.bench.tasks;

import dev.ballast.concurrency.Task;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What is measured on every scheduler alike; each run gives nanoseconds per operation. */
enum Workload {
  SWITCH("switch") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      return new PingPong(500_000).run(tasks, () -> {}, () -> {});
    }
  },
  LOCKED_UNLOCKED("locked-unlocked") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      return new PingPong(30_000).run(tasks, Task::lockOSThread, () -> {});
    }
  },
  LOCKED_LOCKED("locked-locked") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      return new PingPong(30_000).run(tasks, Task::lockOSThread, Task::lockOSThread);
    }
  },
  EXIT_LOCKED("exit-locked") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      int count = 2_000;
      CountDownLatch all = new CountDownLatch(1);
      long begun = System.nanoTime();
      tasks
          .newThread(
              unchecked(() -> {
                for (int i = 0; i < count; i++) {
                  CountDownLatch done = new CountDownLatch(1);
                  tasks
                      .newThread(() -> {
                        // The JDK's is a platform thread, which has one and ends with it.
                        if (Thread.currentThread().isVirtual()) {
                          Task.lockOSThread();
                        }
                        done.countDown();
                      })
                      .start();
                  done.await();
                }
                all.countDown();
              }))
          .start();
      all.await();
      return perOperation(begun, count);
    }
  },
  SPAWN("spawn") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      int count = 1_000_000;
      CountDownLatch done = new CountDownLatch(1);
      AtomicInteger left = new AtomicInteger(count);
      Runnable task =
          () -> {
            if (left.decrementAndGet() == 0) {
              done.countDown();
            }
          };
      long begun = System.nanoTime();
      // Started by a task, as Go's are.
      tasks
          .newThread(() -> {
            for (int i = 0; i < count; i++) {
              tasks.newThread(task).start();
            }
          })
          .start();
      done.await();
      return perOperation(begun, count);
    }
  },
  SKYNET("skynet") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      int leaves = 1_000_000;
      CountDownLatch done = new CountDownLatch(1);
      long begun = System.nanoTime();
      Node root = new Node(null, 0, leaves, tasks, done);
      tasks.newThread(root).start();
      done.await();
      if (root.sum.get() != (long) leaves * (leaves - 1) / 2) {
        throw new IllegalStateException("wrong sum " + root.sum.get());
      }
      return perOperation(begun, leaves);
    }
  },
  HANDOFF("handoff") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException {
      int elements = 1_000_000;
      SynchronousQueue<Integer> queue = new SynchronousQueue<>();
      CountDownLatch done = new CountDownLatch(1);
      long begun = System.nanoTime();
      tasks.newThread(unchecked(() -> repeat(elements, () -> queue.put(1)))).start();
      tasks
          .newThread(
              unchecked(() -> {
                repeat(elements, queue::take);
                done.countDown();
              }))
          .start();
      done.await();
      return perOperation(begun, elements);
    }
  },
  ECHO("echo") {
    @Override
    double run(ThreadFactory tasks) throws InterruptedException, IOException {
      int connections = 50;
      int rounds = 1_000;
      CountDownLatch done = new CountDownLatch(connections);
      try (ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
        tasks
            .newThread(
                unchecked(() -> {
                  for (int i = 0; i < connections; i++) {
                    Socket socket = listener.accept();
                    tasks.newThread(unchecked(() -> echo(socket))).start();
                  }
                }))
            .start();
        long begun = System.nanoTime();
        for (int i = 0; i < connections; i++) {
          tasks
              .newThread(
                  unchecked(() -> {
                    converse(listener.getLocalPort(), rounds);
                    done.countDown();
                  }))
              .start();
        }
        done.await();
        return perOperation(begun, (long) connections * rounds);
      }
    }
  };

  private final String title;

  Workload(String title) {
    this.title = title;
  }

  /** As Go's program takes it. */
  String title() {
    return title;
  }

  /** What the JDK has of this kind: it wires no task to an OS thread but the thread itself. */
  ThreadFactory ofTheJdk() {
    return this == EXIT_LOCKED ? Thread.ofPlatform().factory() : Thread.ofVirtual().factory();
  }

  Set<Side> sides() {
    return switch (this) {
      case LOCKED_UNLOCKED, LOCKED_LOCKED -> EnumSet.of(Side.BALLAST, Side.GO);
      case EXIT_LOCKED, SWITCH, SPAWN, SKYNET, HANDOFF, ECHO -> EnumSet.allOf(Side.class);
    };
  }

  /** Nanoseconds per operation on tasks that {@code tasks} makes. */
  abstract double run(ThreadFactory tasks) throws InterruptedException, IOException;

  static double perOperation(long begun, long operations) {
    return (System.nanoTime() - begun) / (double) operations;
  }

  /** Two tasks that take turns by park and unpark; an operation is one switch. */
  static final class PingPong {
    private final int rounds;
    private volatile int turn;

    PingPong(int rounds) {
      this.rounds = rounds;
    }

    double run(ThreadFactory tasks, Runnable beforeOne, Runnable beforeOther)
        throws InterruptedException {
      Thread[] players = new Thread[2];
      CountDownLatch ready = new CountDownLatch(2);
      CountDownLatch go = new CountDownLatch(1);
      players[0] = tasks.newThread(unchecked(() -> play(0, players, beforeOne, ready, go)));
      players[1] = tasks.newThread(unchecked(() -> play(1, players, beforeOther, ready, go)));
      players[0].start();
      players[1].start();
      ready.await();
      long begun = System.nanoTime();
      go.countDown();
      players[0].join();
      players[1].join();
      return perOperation(begun, 2L * rounds);
    }

    private void play(
        int self, Thread[] players, Runnable before, CountDownLatch ready, CountDownLatch go)
        throws InterruptedException {
      before.run();
      ready.countDown();
      go.await();
      Thread other = players[1 - self];
      for (int i = 0; i < rounds; i++) {
        while (turn != self) {
          LockSupport.park();
        }
        turn = 1 - self;
        LockSupport.unpark(other);
      }
    }
  }

  /** A node of the tree: ten children each, the sum comes back up by a counter. */
  private static final class Node implements Runnable {
    private final AtomicLong sum = new AtomicLong();
    private final AtomicInteger open = new AtomicInteger(10);
    @Nullable private final Node parent;
    private final long number;
    private final int size;
    private final ThreadFactory tasks;
    private final CountDownLatch done;

    Node(@Nullable Node parent, long number, int size, ThreadFactory tasks, CountDownLatch done) {
      this.parent = parent;
      this.number = number;
      this.size = size;
      this.tasks = tasks;
      this.done = done;
    }

    @Override
    public void run() {
      if (size == 1) {
        report(number);
        return;
      }
      for (int i = 0; i < 10; i++) {
        tasks
            .newThread(new Node(this, number + (long) i * (size / 10), size / 10, tasks, done))
            .start();
      }
    }

    private void report(long value) {
      if (parent == null) {
        done.countDown();
        return;
      }
      parent.sum.addAndGet(value);
      if (parent.open.decrementAndGet() == 0) {
        parent.report(parent.sum.get());
      }
    }
  }

  private static void echo(Socket socket) throws IOException {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[64];
      for (int read; (read = in.read(buffer)) > 0; ) {
        out.write(buffer, 0, read);
      }
    }
  }

  private static void converse(int port, int rounds) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      byte[] message = new byte[16];
      for (int i = 0; i < rounds; i++) {
        socket.getOutputStream().write(message);
        if (socket.getInputStream().readNBytes(message, 0, message.length) != message.length) {
          throw new IOException("the echo ended early");
        }
      }
    }
  }

  private interface Body {
    void run() throws Exception;
  }

  private static void repeat(int times, Body body) throws Exception {
    for (int i = 0; i < times; i++) {
      body.run();
    }
  }

  private static Runnable unchecked(Body body) {
    return () -> {
      try {
        body.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }
}
