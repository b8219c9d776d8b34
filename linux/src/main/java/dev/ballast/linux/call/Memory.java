package dev.ballast.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Memory that a call reads or writes. */
public final class Memory {
  private Memory() {}

  /** A string as C wants it. Refuses one with a NUL inside, which C would silently cut. */
  public static long string(Arena arena, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a NUL inside: " + text.replace("\0", "\\0"));
    }
    return arena.allocateFrom(text, StandardCharsets.UTF_8).address();
  }

  /** A null-terminated array of strings. */
  public static long strings(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.JAVA_LONG, i, string(arena, texts.get(i)));
    }
    return array.address();
  }

  /** A copy outside the heap. */
  public static MemorySegment copy(Arena arena, byte[] bytes) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
  }
}
