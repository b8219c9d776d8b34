package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Counts the steps of a change and calls back before each, where a test kills or refuses; an append
 * is two steps, so that a kill can tear it.
 */
final class FaultyDisk implements Disk {
  /** Thrown in the place of SIGKILL: no code of the change may run after it. */
  static final class Kill extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** What a test makes happen before a step. */
  interface Fault {
    void before(int step) throws IOException;
  }

  private final Disk disk = new RealDisk();
  private final Fault fault;
  private final boolean syncIsAStep;
  private int steps;

  FaultyDisk(Fault fault) {
    this(fault, true);
  }

  private FaultyDisk(Fault fault, boolean syncIsAStep) {
    this.fault = fault;
    this.syncIsAStep = syncIsAStep;
  }

  static FaultyDisk killedAt(int step) {
    return new FaultyDisk(now -> {
      if (now == step) {
        throw new Kill();
      }
    });
  }

  /** Before each step that leaves something on the disk: a kill before a sync is the next one. */
  static FaultyDisk calling(IntConsumer before) {
    return new FaultyDisk(before::accept, false);
  }

  private void step() throws IOException {
    steps++;
    fault.before(steps);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    step();
    disk.createDirectory(directory);
  }

  @Override
  public void createFile(Path file) throws IOException {
    step();
    disk.createFile(file);
  }

  @Override
  public void append(Path file, byte[] bytes) throws IOException {
    step();
    disk.append(file, Arrays.copyOfRange(bytes, 0, bytes.length / 2));
    step();
    disk.append(file, Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length));
  }

  @Override
  public void sync(Path fileOrDirectory) throws IOException {
    if (syncIsAStep) {
      step();
    }
  }

  @Override
  public void setAttributes(Path path, Attributes attributes) throws IOException {
    step();
    disk.setAttributes(path, attributes);
  }

  @Override
  public void link(Path existing, Path second) throws IOException {
    step();
    disk.link(existing, second);
  }

  @Override
  public void symbolicLink(Path link, Path target) throws IOException {
    step();
    disk.symbolicLink(link, target);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step();
    disk.rename(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    step();
    disk.delete(path);
  }
}
