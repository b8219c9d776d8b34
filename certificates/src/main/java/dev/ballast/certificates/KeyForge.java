package dev.ballast.certificates;

import dev.ballast.pki.KeyAlgorithm;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;

/**
 * Makes many keys at once: RSA primes are searched on every processor, ECDSA keys are too cheap for
 * that.
 *
 * @param processors how many keys are made at a time
 */
public record KeyForge(SecureRandom random, ThreadFactory tasks, int processors) {

  /** One new key pair for each name. */
  public Map<String, KeyPair> forge(KeyAlgorithm algorithm, List<String> names) {
    var made = new ConcurrentHashMap<String, KeyPair>();
    var wanted = new ConcurrentLinkedQueue<>(names);
    Runnable work =
        () -> {
          for (String name = wanted.poll(); name != null; name = wanted.poll()) {
            made.put(name, algorithm.generate(random));
          }
        };
    if (algorithm.isRsa()) {
      inParallel(work, Math.min(processors, names.size()));
    } else {
      work.run();
    }
    var ordered = new LinkedHashMap<String, KeyPair>();
    for (String name : names) {
      KeyPair pair = made.get(name);
      if (pair == null) {
        throw new IllegalStateException("no key was made for " + name);
      }
      ordered.put(name, pair);
    }
    return Collections.unmodifiableMap(ordered);
  }

  private void inParallel(Runnable work, int count) {
    Thread[] threads = new Thread[Math.max(0, count - 1)];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = tasks.newThread(work);
      threads[i].start();
    }
    work.run();
    for (Thread thread : threads) {
      join(thread);
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        // A key takes at most some seconds; a half-made set is of no use to anybody.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
