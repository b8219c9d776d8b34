package dev.ballast.oci.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Does something to each of a list, a few at a time; the first failure ends it. */
record Parallel(ThreadFactory tasks, int most) {
  interface Body<T> {
    void run(T each) throws IOException;
  }

  <T> void forEach(List<T> all, Body<T> body) throws IOException {
    if (all.size() == 1 || most == 1) {
      for (T each : all) {
        body.run(each);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Thread> workers = new ArrayList<>();
    int count = Math.min(most, all.size());
    CountDownLatch ended = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      Thread worker =
          tasks.newThread(() -> {
            try {
              for (int at = next.getAndIncrement();
                  at < all.size() && failure.get() == null;
                  at = next.getAndIncrement()) {
                body.run(all.get(at));
              }
            } catch (IOException | RuntimeException | Error e) {
              if (failure.compareAndSet(null, e)) {
                workers.forEach(Thread::interrupt);
              }
            } finally {
              ended.countDown();
            }
          });
      worker.setName("copy-" + i);
      workers.add(worker);
    }
    workers.forEach(Thread::start);
    try {
      ended.await();
    } catch (InterruptedException e) {
      workers.forEach(Thread::interrupt);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying", e);
    }
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }
}
