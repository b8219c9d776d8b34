package dev.ballast.linux.file;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Extended attributes of a file itself, also of a symbolic link, in every namespace of names. */
public final class ExtendedAttributes {
  private static final Call LIST = Call.of(LONG, "llistxattr", POINTER, POINTER, LONG);
  private static final Call GET = Call.of(LONG, "lgetxattr", POINTER, POINTER, POINTER, LONG);
  private static final Call SET = Call.of(INT, "lsetxattr", POINTER, POINTER, POINTER, LONG, INT);
  private static final int LARGEST = 65_536;

  private ExtendedAttributes() {}

  /** Returns all that the caller may see, by name; none where the file system has none. */
  public static Map<String, byte[]> all(Path file) {
    Map<String, byte[]> found = new TreeMap<>();
    try (Arena arena = Arena.ofConfined()) {
      long path = Memory.string(arena, file.toString());
      long length = LIST.apply(path, 0, 0);
      if (length == 0 || length == -Errno.EOPNOTSUPP) {
        return found;
      }
      MemorySegment names = arena.allocate(LARGEST);
      length = LIST.check(LIST.apply(path, names.address(), LARGEST), file);
      byte[] bytes = names.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment value = arena.allocate(LARGEST);
      for (String name : new String(bytes, StandardCharsets.UTF_8).split("\0")) {
        long size = GET.apply(path, Memory.string(arena, name), value.address(), LARGEST);
        if (size >= 0) {
          found.put(name, value.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
    return found;
  }

  /** Sets one; throws {@code LinuxException}. */
  public static void set(Path file, String name, byte[] value) {
    try (Arena arena = Arena.ofConfined()) {
      SET.check(
          SET.apply(
              Memory.string(arena, file.toString()),
              Memory.string(arena, name),
              Memory.copy(arena, value).address(),
              value.length,
              0),
          file,
          name);
    }
  }
}
