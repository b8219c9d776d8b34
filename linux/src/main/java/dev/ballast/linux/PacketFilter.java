package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A classic BPF program that passes the frames which match all of its conditions, bpf(4). The
 * kernel runs it before it queues a frame.
 */
public final class PacketFilter {
  private static final int LOAD_HALF_ABSOLUTE = 0x28;
  private static final int JUMP_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int WHOLE_FRAME = 0x40000;

  private record Condition(int offset, int halfWord) {}

  private final List<Condition> conditions = new ArrayList<>();

  private PacketFilter() {}

  /** Passes everything. */
  public static PacketFilter everything() {
    return new PacketFilter();
  }

  /** Passes ARP for IPv4 over Ethernet with this operation: 1 request, 2 reply (RFC 826). */
  public static PacketFilter arp(int operation) {
    return arp().and(20, operation);
  }

  /** Passes all ARP for IPv4 over Ethernet. */
  public static PacketFilter arp() {
    return new PacketFilter().and(12, 0x0806).and(14, 1).and(16, 0x0800);
  }

  /** Passes only frames whose 16 bits at {@code offset}, in network order, have this value. */
  public PacketFilter and(int offset, int halfWord) {
    if (conditions.size() == 60) {
      throw new IllegalStateException("a jump of a BPF program reaches 255 steps");
    }
    conditions.add(new Condition(offset, halfWord));
    return this;
  }

  /** The {@code sock_fprog} and the steps that it points to. */
  MemorySegment program(Arena arena) {
    int steps = 2 * conditions.size() + 2;
    MemorySegment code = arena.allocate(8L * steps, 8);
    int at = 0;
    for (Condition condition : conditions) {
      step(code, at++, LOAD_HALF_ABSOLUTE, 0, 0, condition.offset);
      step(code, at, JUMP_EQUAL, 0, steps - 2 - at, condition.halfWord);
      at++;
    }
    step(code, at++, RETURN, 0, 0, WHOLE_FRAME);
    step(code, at, RETURN, 0, 0, 0);
    MemorySegment program = arena.allocate(16, 8);
    program.set(ValueLayout.JAVA_SHORT, 0, (short) steps);
    program.set(ValueLayout.ADDRESS, 8, code);
    return program;
  }

  private static void step(MemorySegment code, int at, int operation, int yes, int no, int value) {
    long offset = 8L * at;
    code.set(ValueLayout.JAVA_SHORT, offset, (short) operation);
    code.set(ValueLayout.JAVA_BYTE, offset + 2, (byte) yes);
    code.set(ValueLayout.JAVA_BYTE, offset + 3, (byte) no);
    code.set(ValueLayout.JAVA_INT, offset + 4, value);
  }
}
