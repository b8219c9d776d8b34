package dev.ballast.linux.packet;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A classic BPF program that the kernel runs on each packet of a socket: what it refuses costs no
 * system call. Offsets count from the network header ({@code SOCK_DGRAM}).
 */
public final class BpfProgram {
  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP = 0x05;
  private static final int RETURN = 0x06;
  private static final int WHOLE_PACKET = 0x40000;

  /** Jump distances are a byte; a longer set is judged by the reader. */
  static final int MOST_TARGETS = 200;

  private static final int ARP_OPCODE = 6;
  private static final int ARP_SENDER = 14;
  private static final int ARP_TARGET = 24;

  /** One instruction; jumps count the instructions skipped. */
  record Instruction(int code, int ifTrue, int ifFalse, int operand) {}

  private final List<Instruction> instructions;

  private BpfProgram(List<Instruction> instructions) {
    this.instructions = List.copyOf(instructions);
  }

  /** Lets nothing through: for a socket that only sends. */
  public static BpfProgram nothing() {
    return new BpfProgram(List.of(new Instruction(RETURN, 0, 0, 0)));
  }

  /** Lets every packet through. */
  public static BpfProgram everything() {
    return new BpfProgram(List.of(new Instruction(RETURN, 0, 0, WHOLE_PACKET)));
  }

  /** ARP packets of one opcode: 1 request, 2 reply. */
  public static BpfProgram arp(int opcode) {
    return new BpfProgram(
        List.of(
            new Instruction(LOAD_HALF, 0, 0, ARP_OPCODE),
            new Instruction(JUMP_EQUAL, 0, 1, opcode),
            new Instruction(RETURN, 0, 0, WHOLE_PACKET),
            new Instruction(RETURN, 0, 0, 0)));
  }

  /**
   * ARP packets of one opcode whose target is one of these addresses; of more than 200 addresses,
   * those of every target.
   */
  public static BpfProgram arp(int opcode, Set<Inet4Address> targets) {
    if (targets.isEmpty()) {
      return nothing();
    }
    if (targets.size() > MOST_TARGETS) {
      return arp(opcode);
    }
    List<Instruction> program = new ArrayList<>();
    int count = targets.size();
    program.add(new Instruction(LOAD_HALF, 0, 0, ARP_OPCODE));
    program.add(new Instruction(JUMP_EQUAL, 0, count + 1, opcode));
    program.add(new Instruction(LOAD_WORD, 0, 0, ARP_TARGET));
    int left = count;
    for (Inet4Address target : targets) {
      int address = ByteBuffer.wrap(target.getAddress()).getInt();
      program.add(new Instruction(JUMP_EQUAL, left, 0, address));
      left--;
    }
    program.add(new Instruction(RETURN, 0, 0, 0));
    program.add(new Instruction(RETURN, 0, 0, WHOLE_PACKET));
    return new BpfProgram(program);
  }

  /**
   * ARP packets of every operation whose sender or target is one of these addresses; of more than
   * 200 addresses, all.
   */
  public static BpfProgram arpAbout(Set<Inet4Address> addresses) {
    if (addresses.isEmpty()) {
      return nothing();
    }
    if (addresses.size() > MOST_TARGETS) {
      return everything();
    }
    List<Instruction> program = new ArrayList<>();
    compare(program, ARP_SENDER, addresses);
    program.add(new Instruction(JUMP, 0, 0, 1));
    program.add(new Instruction(RETURN, 0, 0, WHOLE_PACKET));
    compare(program, ARP_TARGET, addresses);
    program.add(new Instruction(RETURN, 0, 0, 0));
    program.add(new Instruction(RETURN, 0, 0, WHOLE_PACKET));
    return new BpfProgram(program);
  }

  /** Jumps over the instruction after the comparisons when a word is one of these. */
  private static void compare(List<Instruction> program, int offset, Set<Inet4Address> addresses) {
    program.add(new Instruction(LOAD_WORD, 0, 0, offset));
    int left = addresses.size();
    for (Inet4Address one : addresses) {
      int address = ByteBuffer.wrap(one.getAddress()).getInt();
      program.add(new Instruction(JUMP_EQUAL, left, 0, address));
      left--;
    }
  }

  int length() {
    return instructions.size();
  }

  List<Instruction> instructions() {
    return instructions;
  }

  /** As {@code struct sock_filter[]}. */
  byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(8 * length()).order(ByteOrder.nativeOrder());
    for (Instruction i : instructions) {
      bytes
          .putShort((short) i.code())
          .put((byte) i.ifTrue())
          .put((byte) i.ifFalse())
          .putInt(i.operand());
    }
    return bytes.array();
  }
}
