package dev.ballast.cli.up;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that fetches in a loop, a new connection each time, and remembers when it was answered.
 * It runs on the thread that calls {@link #run}, which is to be inside the client's network.
 */
final class Fetching implements Runnable, AutoCloseable {
  /** Between the beginnings of two fetches. */
  static final Duration PERIOD = Duration.ofMillis(20);

  /**
   * How long it waits to be connected, and then for the answer. Less than the kernel waits before
   * it asks again for a connection (1 s), so that a lost packet does not pass for an outage.
   */
  private static final int PATIENCE_MILLIS = 100;

  private static final int LONGEST_ANSWER = 65_536;

  private final InetSocketAddress at;
  private final List<Answer> answers = new ArrayList<>();
  private volatile boolean ended;
  private long fetches;

  /**
   * An answer.
   *
   * @param began when the fetch began, in nanoseconds of the monotonic clock
   * @param ended when the answer was there
   * @param body what it says
   */
  record Answer(long began, long ended, String body) {}

  Fetching(InetAddress address, int port) {
    at = new InetSocketAddress(address, port);
  }

  @Override
  public void run() {
    long next = System.nanoTime();
    while (!ended) {
      long began = System.nanoTime();
      Optional<String> body = fetch(at);
      long now = System.nanoTime();
      synchronized (answers) {
        fetches++;
        body.ifPresent(text -> answers.add(new Answer(began, now, text)));
        answers.notifyAll();
      }
      next = Math.max(next + PERIOD.toNanos(), now);
      while (!ended && next - System.nanoTime() > 0) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  /** Fetches once; empty when there is no answer in time. */
  static Optional<String> fetch(InetSocketAddress at) {
    try (Socket socket = new Socket()) {
      socket.connect(at, PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(at.getAddress().getHostAddress())
                  .getBytes(StandardCharsets.US_ASCII));
      String text =
          new String(socket.getInputStream().readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
      int body = text.indexOf("\r\n\r\n");
      return text.startsWith("HTTP/1.1 200 ") && body > 0
          ? Optional.of(text.substring(body + 4).strip())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** All answers so far. */
  List<Answer> answers() {
    synchronized (answers) {
      return List.copyOf(answers);
    }
  }

  /** How often it has asked. */
  long fetches() {
    synchronized (answers) {
      return fetches;
    }
  }

  /** Waits for a number of answers to fetches that begin after a moment; false when late. */
  boolean awaitAnswersAfter(long moment, int count, Duration limit) throws InterruptedException {
    long until = System.nanoTime() + limit.toNanos();
    synchronized (answers) {
      while (answers.reversed().stream().takeWhile(a -> a.began() - moment > 0).count() < count) {
        long left = (until - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        answers.wait(left);
      }
      return true;
    }
  }

  @Override
  public void close() {
    ended = true;
  }
}
