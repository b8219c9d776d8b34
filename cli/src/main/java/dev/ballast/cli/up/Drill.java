package dev.ballast.cli.up;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Takes the owner of an address away while the client fetches, and brings it back. */
final class Drill {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** Answers in a row after which things count as settled: longer than the lease of an owner. */
  private static final int SETTLED = 20;

  /** Equal answers in a row, each asked for 150 ms: longer than a new speaker listens first. */
  private static final int STEADY = 4;

  private final Cluster cluster;
  private final Screen screen;

  Drill(Cluster cluster, Screen screen) {
    this.cluster = cluster;
    this.screen = screen;
  }

  DrillResult run(InetAddress address, Fault fault) throws InterruptedException {
    String owner = awaitOneOwner(address);
    try (Fetching fetching = new Fetching(address, Topology.SERVICE_PORT)) {
      Thread client = cluster.lab().thread(Topology.CLIENT, fetching);
      client.start();
      require(
          fetching.awaitAnswersAfter(System.nanoTime(), SETTLED, PATIENCE),
          "the client gets no answers from " + address.getHostAddress());

      screen.detail(
          "the owner %s of %s is %s"
              .formatted(owner, address.getHostAddress(), fault.description()));
      long struck = System.nanoTime();
      fault.strike(cluster.machine(owner));
      await(
          () -> cluster.neighbourHost(address).filter(host -> !host.equals(owner)).isPresent(),
          "no other node than " + owner + " has announced " + address.getHostAddress());
      require(
          fetching.awaitAnswersAfter(System.nanoTime(), SETTLED, PATIENCE),
          "the client gets no answers from the new owner");
      Outage outage =
          Outage.after(struck, fetching.answers())
              .orElseThrow(() -> new UpFailure("no answer came back", "read the nodes' logs"));
      String next = awaitOneOwner(address);
      require(!next.equals(owner), "the old owner " + owner + " still answers ARP");
      String neighbour = cluster.neighbourLine(address);
      screen.step(
          "%s %s: %s answers after an outage of %d ms"
              .formatted(owner, fault.description(), next, outage.length().toMillis()));
      screen.detail("ip neigh: " + neighbour);

      long returned = System.nanoTime();
      restore(owner, fault);
      Duration back = awaitReturn(address, owner, next, fetching, returned);
      return new DrillResult(fault, owner, next, outage.length(), back, neighbour);
    }
  }

  private void restore(String owner, Fault fault) throws InterruptedException {
    if (fault.leavesProcess()) {
      cluster.machine(owner).resume();
      return;
    }
    require(cluster.machine(owner).awaitEnd(PATIENCE).isPresent(), owner + " does not end");
    cluster.startNode(owner);
    cluster.awaitReady(owner);
  }

  /** Nothing comes back to the node that was lost, and nobody may notice that it is there again. */
  private Duration awaitReturn(
      InetAddress address, String owner, String next, Fetching fetching, long returned)
      throws InterruptedException {
    require(
        fetching.awaitAnswersAfter(System.nanoTime(), SETTLED, PATIENCE),
        "the client gets no answers after " + owner + " came back");
    String now = awaitOneOwner(address);
    require(
        now.equals(next),
        "%s moved from %s to %s when %s came back"
            .formatted(address.getHostAddress(), next, now, owner));
    Duration back =
        Outage.after(returned, fetching.answers()).map(Outage::length).orElse(Duration.ZERO);
    screen.detail(
        "%s is back and %s keeps the address; outage at its return: %d ms"
            .formatted(owner, next, back.toMillis()));
    return back;
  }

  /** Waits until one host answers ARP for an address, the same for a while. */
  String awaitOneOwner(InetAddress address) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    Set<String> former = Set.of();
    int equal = 0;
    while (true) {
      Set<String> now = cluster.whoAnswersFor(address);
      equal = now.equals(former) ? equal + 1 : 1;
      if (now.size() == 1 && equal == STEADY) {
        return now.iterator().next();
      }
      former = now;
      require(
          System.nanoTime() - until < 0,
          "ARP for %s is answered by %s".formatted(address.getHostAddress(), now));
      checkInterrupted();
    }
  }

  private static void await(BooleanSupplier condition, String otherwise)
      throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      require(System.nanoTime() - until < 0, otherwise);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      checkInterrupted();
    }
  }

  private static void checkInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new UpFailure(otherwise, "read the nodes' logs in the lab's directory");
    }
  }
}
