package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.concurrency.Schedules;
import dev.ballast.concurrency.Task;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Detector;
import dev.ballast.loadbalancer.membership.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Interfaces that come and go while the speaker ends, in many orders of all its tasks. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ArpPortsSchedulesTest {
  private static final int SCHEDULES = 300;

  /** Links that a test changes, and a count of what is open on them. */
  private static final class Changing implements Network {
    private final LinkedBlockingQueue<Boolean> changes = new LinkedBlockingQueue<>();
    private final Set<Socket> open = new HashSet<>();
    private List<Link> links = List.of(link(1));

    static Link link(int index) {
      Mac mac = Mac.parse("02:00:00:00:00:0" + index);
      return new Link(index, "net" + index, mac, true, true, false);
    }

    void become(Link... now) {
      links = List.of(now);
      changes.add(true);
    }

    @Override
    public List<Link> links() {
      Task.checkpoint();
      return links;
    }

    @Override
    public boolean awaitChange(Duration timeout) throws IOException {
      try {
        return changes.take();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public ArpSocket open(Link link) {
      Task.checkpoint();
      Socket socket = new Socket();
      open.add(socket);
      return socket;
    }

    @Override
    public void close() {
      changes.add(true);
    }

    private final class Socket implements ArpSocket {
      private final CountDownLatch closed = new CountDownLatch(1);

      @Override
      public void listenFor(Set<Address> addresses) {}

      @Override
      public Optional<byte[]> receive(Duration timeout) throws IOException {
        try {
          closed.await();
          throw new IOException("closed");
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }

      @Override
      public void send(byte[] frame) {}

      @Override
      public void close() {
        Task.checkpoint();
        open.remove(this);
        closed.countDown();
      }
    }
  }

  @Test
  void nothing_is_open_after_the_end_whatever_came_last() throws Exception {
    Schedules.explore(
        SCHEDULES,
        1,
        scheduler -> {
          Changing network = new Changing();
          ArpPorts ports =
              new ArpPorts(
                  network,
                  Selection.standard(),
                  () -> Announced.NOTHING,
                  new Detector("n1", Timing.DEFAULT, new Random(0), 0).lease(),
                  new Counters(),
                  (address, claimant, link) -> {},
                  scheduler.threadFactory(),
                  () -> {});
          ports.start();
          Task changing =
              scheduler.go(() -> {
                network.become(Changing.link(1), Changing.link(2));
                Task.checkpoint();
                network.become(Changing.link(2), Changing.link(3));
              });
          scheduler.go(ports::close).join();
          changing.join();
          for (Task task : scheduler.tasks()) {
            if (!Task.current().equals(Optional.of(task))) {
              task.join();
            }
          }
          assertThat(network.open).isEmpty();
          assertThat(ports.names()).isEmpty();
        });
  }
}
