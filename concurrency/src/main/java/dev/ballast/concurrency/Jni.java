package dev.ballast.concurrency;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Calls to the JVM that this code runs in, through the tables of functions of its native interface,
 * and one to the C library. References are numbers here. One that a function gives is good until
 * the next Java method that is native ends, so it is made a global one at once.
 */
final class Jni {
  private static final int VERSION = 0x00150000;

  // Places in the tables of functions, by jni.h.
  private static final int GET_ENV = 6;
  private static final int FIND_CLASS = 6;
  static final int NEW_GLOBAL = 21;
  static final int DELETE_GLOBAL = 22;

  /** Made at the first call, since the JVM warns of it where foreign calls are not allowed. */
  private static final class Calls {
    @SuppressWarnings("restricted") // who calls what is in this package only
    static final MethodHandle CALL =
        Linker.nativeLinker()
            .downcallHandle(
                FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private Calls() {}
  }

  private Jni() {}

  /** Why there are no foreign calls; empty if there are. */
  static Optional<String> unavailable() {
    Module own = Jni.class.getModule();
    return own.isNativeAccessEnabled()
        ? Optional.empty()
        : Optional.of(
            "the JVM was started without --enable-native-access=" + JdkInternals.nameOfModule(own));
  }

  /** A call of a function of up to five numbers; C lets it have fewer. */
  static MethodHandle anyCall() {
    return Calls.CALL;
  }

  /** The C library's function for the calling OS thread's number, which gives an {@code int}. */
  @SuppressWarnings("restricted") // it takes nothing and cannot fail
  static Optional<MethodHandle> gettid() {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("gettid")
        .map(function ->
            linker.downcallHandle(
                function, FunctionDescriptor.of(JAVA_INT), Linker.Option.critical(false)));
  }

  /** A function that the JVM's library exports. */
  @SuppressWarnings("restricted")
  static MemorySegment exported(String name) {
    return SymbolLookup.libraryLookup(library(), Arena.global()).findOrThrow(name);
  }

  /** Where the library is that this process runs: a JDK may have several, and at other places. */
  private static Path library() {
    try (Stream<String> mapped = Files.lines(Path.of("/proc/self/maps"), ISO_8859_1)) {
      Optional<Path> found =
          mapped
              .filter(line -> line.endsWith("/libjvm.so"))
              .findFirst()
              .map(line -> Path.of(line.substring(line.indexOf('/'))));
      if (found.isPresent()) {
        return found.get();
      }
    } catch (IOException | UncheckedIOException e) {
      // The usual place, then.
    }
    return Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
  }

  /** The one virtual machine of this process. */
  static long vm() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      check(
          "JNI_GetCreatedJavaVMs",
          invoke(exported("JNI_GetCreatedJavaVMs"), out.address(), 1, 0, 0, 0));
      return out.get(JAVA_LONG, 0);
    }
  }

  /** The calling OS thread's environment. */
  static long env(long vm) {
    return env(vm, VERSION);
  }

  /** An environment of that version, for the calling OS thread. */
  static long env(long vm, int version) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      check("GetEnv", call(vm, GET_ENV, out.address(), version, 0));
      return out.get(JAVA_LONG, 0);
    }
  }

  /** A global reference to a class of the JDK. */
  static long type(long env, Arena arena, String name) {
    long type = hold(env, FIND_CLASS, text(arena, name), 0, 0);
    if (type == 0) {
      throw new IllegalStateException("the class " + name + " is not to be had");
    }
    return type;
  }

  static long text(Arena arena, String text) {
    return arena.allocateFrom(text).address();
  }

  /** A function of an object that begins with a pointer to its table of functions. */
  static long call(long object, int place, long a, long b, long c) {
    return invoke(function(object, place), object, a, b, c, 0);
  }

  /** What a function refers to, by a global reference. */
  static long hold(long env, int place, long a, long b, long c) {
    MemorySegment function = function(env, place);
    MemorySegment newGlobal = function(env, NEW_GLOBAL);
    try {
      // Nothing native may come between these two.
      long local = (long) Calls.CALL.invokeExact(function, env, a, b, c, 0L);
      return (long) Calls.CALL.invokeExact(newGlobal, env, local, 0L, 0L, 0L);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("restricted") // the tables are as long as their headers say
  static MemorySegment function(long object, int place) {
    long size = ADDRESS.byteSize();
    MemorySegment table =
        MemorySegment.ofAddress(object)
            .reinterpret(size)
            .get(ADDRESS, 0)
            .reinterpret(size * (place + 1));
    return table.get(ADDRESS, size * place);
  }

  private static long invoke(MemorySegment function, long a, long b, long c, long d, long e) {
    try {
      return (long) Calls.CALL.invokeExact(function, a, b, c, d, e);
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  static void check(String what, long code) {
    // The upper half of what a function of 32 bits gives means nothing.
    if ((int) code != 0) {
      throw new IllegalStateException(what + " gave error " + (int) code);
    }
  }
}
