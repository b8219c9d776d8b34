package dev.ballast.lab.live;

import dev.ballast.lab.rack.Host;
import dev.ballast.lab.rack.Port;
import dev.ballast.lab.rack.Rack;
import dev.ballast.lab.rack.Way;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** A process that holds a lab, to be killed. Prints each step, the hosts' processes, "held". */
final class LabHolder {
  static final ThreadFactory THREADS = Thread.ofPlatform().daemon().name("lab").factory();

  private LabHolder() {}

  static Rack rack(String id) {
    return new Rack(
        id,
        List.of("lan", "far"),
        List.of(
            new Host(
                "n1",
                List.of(Port.of("eth0", "lan", "10.0.0.11/24")),
                List.of(Way.of("0.0.0.0/0", "10.0.0.1")),
                Map.of("net.ipv4.conf.all.arp_ignore", "1")),
            new Host(
                "router",
                List.of(
                    Port.of("eth0", "lan", "10.0.0.1/24"), Port.of("eth1", "far", "10.0.1.1/24")),
                List.of(),
                Map.of("net.ipv4.ip_forward", "1")),
            new Host(
                "far1",
                List.of(Port.of("eth0", "far", "10.0.1.11/24")),
                List.of(Way.of("0.0.0.0/0", "10.0.1.1")),
                Map.of())));
  }

  /** Directory, id, and after how many steps to die by itself (0: never). */
  public static void main(String[] arguments) throws InterruptedException {
    int last = Integer.parseInt(arguments[2]);
    AtomicInteger steps = new AtomicInteger();
    Labs labs = Labs.at(Path.of(arguments[0]));
    Lab lab =
        Lab.build(
            labs,
            rack(arguments[1]),
            THREADS,
            step -> {
              System.out.println(step);
              if (steps.incrementAndGet() == last) {
                Runtime.getRuntime().halt(137);
              }
            });
    for (Host host : lab.rack().hosts()) {
      System.out.println(
          "process " + lab.start(host.name(), Program.idle(), System.out::println).pid());
    }
    System.out.println("held");
    Thread.currentThread().join();
  }
}
