package dev.ballast.certificates.report;

import dev.ballast.certificates.CertificatesFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;

/**
 * Checks copies of many nodes: a directory with one directory for each node, named after it, that
 * holds the node's files below {@code etc/kubernetes}, {@code var/lib/kubelet/pki} and so on.
 */
public final class Fleet {
  private final ThreadFactory tasks;
  private final int processors;

  public Fleet(ThreadFactory tasks, int processors) {
    this.tasks = tasks;
    this.processors = processors;
  }

  /** One report a node, by name. */
  public List<Report> check(Path directory, Instant now, Duration warning) {
    var nodes = new ConcurrentLinkedQueue<Path>();
    try (var entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
      entries.forEach(nodes::add);
    } catch (IOException e) {
      throw new CertificatesFailure(
          "cannot list the fleet in " + directory + ": " + e.getMessage(),
          "name a directory that holds one directory for each node",
          e);
    }
    var reports = new ConcurrentLinkedQueue<Report>();
    var failures = new ConcurrentLinkedQueue<RuntimeException>();
    Runnable work =
        () -> {
          try {
            for (Path node = nodes.poll(); node != null; node = nodes.poll()) {
              var name = String.valueOf(node.getFileName());
              reports.add(
                  Check.decide(
                      SnapshotReader.read(
                          NodeFiles.below(name, node), now, SnapshotReader.Proof.STATED),
                      warning));
            }
          } catch (RuntimeException e) {
            failures.add(e);
          }
        };
    run(work);
    if (!failures.isEmpty()) {
      throw failures.remove();
    }
    return reports.stream().sorted(Comparator.comparing(Report::node)).toList();
  }

  private void run(Runnable work) {
    var threads = new ArrayList<Thread>();
    for (int i = 1; i < processors; i++) {
      var thread = tasks.newThread(work);
      thread.start();
      threads.add(thread);
    }
    work.run();
    for (var thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
