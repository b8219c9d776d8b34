package dev.ballast.loadbalancer.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.simulation.Simulation;
import dev.ballast.loadbalancer.loop.Timers;
import java.time.Duration;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Two ends on a simulated clock and network. */
class BfdProperties {
  /** One end. */
  private static final class End {
    private final Simulation simulation;
    private final BfdChannel channel;
    private End other;
    private boolean mute;
    private int gone;
    private long goneAt;

    End(Simulation simulation, BfdSettings settings, int discriminator) {
      this.simulation = simulation;
      channel =
          new BfdChannel(
              new BfdSession(settings, discriminator),
              new Timers() {
                @Override
                public long nanoTime() {
                  return simulation.nanoTime();
                }

                @Override
                public Cancellation after(Duration delay, Runnable body) {
                  return simulation.after(delay, body)::cancel;
                }
              },
              simulation.random(),
              this::send,
              _ -> {
                gone++;
                goneAt = simulation.nanoTime();
              });
    }

    private void send(byte[] packet) {
      if (mute) {
        return;
      }
      simulation.after(
          Duration.ofMillis(2), // In order, as a link is.
          () -> BfdPacket.decode(packet).ifPresent(other.channel::received));
    }

    boolean up() {
      return channel.standing().state() == BfdState.UP;
    }
  }

  private static BfdSettings settings(int millis, int multiplier) {
    Duration interval = Duration.ofMillis(millis);
    return new BfdSettings(interval, interval, multiplier, false, false, 255);
  }

  @Property(tries = 100)
  void both_come_up_and_stay_and_silence_is_found_in_time(
      @ForAll long seed,
      @ForAll @IntRange(min = 20, max = 500) int mine,
      @ForAll @IntRange(min = 20, max = 500) int theirs,
      @ForAll @IntRange(min = 2, max = 5) int multiplier) {
    Simulation simulation = new Simulation(seed);
    End a = new End(simulation, settings(mine, multiplier), 1);
    End b = new End(simulation, settings(theirs, multiplier), 2);
    a.other = b;
    b.other = a;
    a.channel.start();
    simulation.run(Duration.ofMillis(simulation.random().nextInt(3_000)));
    b.channel.start();

    assertThat(simulation.runUntil(() -> a.up() && b.up(), Duration.ofSeconds(10))).isTrue();
    simulation.run(Duration.ofSeconds(60));
    assertThat(a.up() && b.up()).isTrue();
    assertThat(a.gone + b.gone).isZero();

    b.mute = true;
    long silent = simulation.nanoTime();
    assertThat(simulation.runUntil(() -> a.gone == 1, Duration.ofSeconds(10))).isTrue();
    long limit = Duration.ofMillis((long) multiplier * Math.max(mine, theirs) + 5).toNanos();
    assertThat(a.goneAt - silent).isLessThanOrEqualTo(limit);
    // The other one learns it from the first, and nothing flaps.
    simulation.run(Duration.ofSeconds(10));
    assertThat(b.up()).isFalse();
    assertThat(a.gone).isEqualTo(1);

    b.mute = false;
    assertThat(simulation.runUntil(() -> a.up() && b.up(), Duration.ofSeconds(20))).isTrue();
  }

  @Property(tries = 50)
  void a_goodbye_is_no_failure(@ForAll long seed) {
    Simulation simulation = new Simulation(seed);
    End a = new End(simulation, settings(50, 3), 1);
    End b = new End(simulation, settings(50, 3), 2);
    a.other = b;
    b.other = a;
    a.channel.start();
    b.channel.start();
    assertThat(simulation.runUntil(() -> a.up() && b.up(), Duration.ofSeconds(10))).isTrue();

    b.channel.close();
    simulation.run(Duration.ofSeconds(10));

    assertThat(a.up()).isFalse();
    assertThat(a.gone).isZero();
  }

  @Property(tries = 2_000)
  void bytes_are_a_packet_that_encodes_to_them_or_nothing(@ForAll @Size(max = 60) byte[] bytes) {
    Optional<BfdPacket> packet = BfdPacket.decode(bytes);
    packet.ifPresent(p -> assertThat(BfdPacket.decode(p.encode())).contains(p));
  }
}
