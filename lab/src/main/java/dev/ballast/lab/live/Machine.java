package dev.ballast.lab.live;

import dev.ballast.linux.process.ChildProcess;
import dev.ballast.linux.process.Exit;
import dev.ballast.linux.process.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * The process of a host, from its start to its end; a host that is started again gets a new one.
 * Safe for use by any thread.
 */
public final class Machine implements AutoCloseable {
  private static final int LONGEST_LINE = 4_096;

  private final String host;
  private final ChildProcess process;

  private Machine(String host, ChildProcess process) {
    this.host = host;
    this.process = process;
  }

  /** Reads the process's lines on a thread of its own, to its end. */
  static Machine of(
      String host, ChildProcess process, Consumer<String> lines, ThreadFactory threads) {
    Machine machine = new Machine(host, process);
    Thread reader = threads.newThread(() -> machine.read(lines));
    reader.setName("lines-of-" + host);
    reader.start();
    return machine;
  }

  private void read(Consumer<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(process.output(), StandardCharsets.UTF_8))) {
      StringBuilder line = new StringBuilder();
      int next;
      while ((next = reader.read()) >= 0) {
        if (next == '\n') {
          lines.accept(line.toString());
          line.setLength(0);
        } else if (line.length() < LONGEST_LINE) {
          line.append((char) next);
        }
      }
    } catch (IOException | RuntimeException e) {
      // The pipe was closed with the machine.
    }
  }

  public String host() {
    return host;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Pulls the plug: {@code kill -9}. Returns when the process has ended. */
  public void kill() {
    process.signal(Signal.KILL);
    awaitEnd(Duration.ofSeconds(10));
  }

  /** Lets it fall silent without ending: {@code SIGSTOP}. */
  public void pause() {
    process.signal(Signal.STOP);
  }

  /** Ends a {@link #pause}. */
  public void resume() {
    process.signal(Signal.CONT);
  }

  /** Asks it to end in order: {@code SIGTERM}; {@link #awaitEnd} tells when it has. */
  public void askToEnd() {
    process.signal(Signal.TERM);
  }

  /** How it ended; empty when the time is over first. */
  public Optional<Exit> awaitEnd(Duration limit) {
    return process.waitFor(limit);
  }

  /** Proportional memory (PSS) in bytes; empty when it has ended. */
  public OptionalLong memory() {
    return Proc.memory(pid());
  }

  /** Kills it if it lives. */
  @Override
  public void close() {
    process.close();
  }

  @Override
  public String toString() {
    return host + " (process " + pid() + ")";
  }
}
