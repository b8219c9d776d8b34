package dev.ballast.linux.call;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One C library function, linked at its first use, with errno captured in the call itself.
 *
 * <p>All arguments travel as {@code long} and are narrowed to their C type by the handle, so that
 * one shape of invocation serves every function: on the 64-bit Linux ABIs a pointer is a long. The
 * caller keeps the memory behind an address alive until the call returned.
 *
 * <p>A call answers the way the kernel does: the result, or {@code -errno}.
 */
public final class Call {
  /** The C type of an argument or result. */
  public enum Type {
    INT,
    LONG,
    POINTER;

    private ValueLayout layout() {
      return this == INT ? ValueLayout.JAVA_INT : ValueLayout.JAVA_LONG;
    }
  }

  public static final Type INT = Type.INT;
  public static final Type LONG = Type.LONG;
  public static final Type POINTER = Type.POINTER;

  private static final int NOT_VARIADIC = -1;
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private final String name;
  private final Type result;
  private final Type[] parameters;
  private final int firstVariadic;
  private volatile @Nullable MethodHandle handle;

  private Call(String name, Type result, Type[] parameters, int firstVariadic) {
    this.name = name;
    this.result = result;
    this.parameters = parameters;
    this.firstVariadic = firstVariadic;
  }

  /** A function of fixed arguments. */
  public static Call of(Type result, String name, Type... parameters) {
    return new Call(name, result, parameters.clone(), NOT_VARIADIC);
  }

  /** A function whose arguments from index {@code first} on are variadic ({@code open, prctl}). */
  public static Call variadic(int first, Type result, String name, Type... parameters) {
    return new Call(name, result, parameters.clone(), first);
  }

  public String name() {
    return name;
  }

  public long apply() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public long apply(long a) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state, a), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public long apply(long a, long b) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state, a, b), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public long apply(long a, long b, long c) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state, a, b, c), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public long apply(long a, long b, long c, long d) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state, a, b, c, d), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public long apply(long a, long b, long c, long d, long e) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state, a, b, c, d, e), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  public long apply(long a, long b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return answer((long) linked().invokeExact(state, a, b, c, d, e, f), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * The result of a call that must succeed; {@code about} are the arguments that a person needs.
   */
  public long check(long answer, Object... about) {
    if (answer < 0) {
      throw new LinuxException(name, Errno.of((int) -answer), Arrays.asList(about));
    }
    return answer;
  }

  /**
   * Repeats a call that a signal interrupted. Not for {@code close}, which must not be repeated,
   * nor for waits with a timeout, which must shorten it.
   */
  public static long retry(LongSupplier call) {
    while (true) {
      long answer = call.getAsLong();
      if (answer != -Errno.EINTR) {
        return answer;
      }
    }
  }

  private long answer(long value, MemorySegment state) {
    return value == -1 ? -(long) (int) ERRNO.get(state, 0L) : value;
  }

  private MethodHandle linked() {
    MethodHandle known = handle;
    if (known == null) {
      known = link();
      handle = known;
    }
    return known;
  }

  // Two threads may link at once: both handles are good, one is kept.
  @SuppressWarnings("restricted") // The one place of the project that links foreign functions.
  private MethodHandle link() {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol =
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(
                () -> new UnsupportedOperationException("the C library has no function " + name));
    MemoryLayout[] layouts =
        Arrays.stream(parameters).map(Type::layout).toArray(MemoryLayout[]::new);
    Linker.Option capture = Linker.Option.captureCallState("errno");
    Linker.Option[] options =
        firstVariadic == NOT_VARIADIC
            ? new Linker.Option[] {capture}
            : new Linker.Option[] {capture, Linker.Option.firstVariadicArg(firstVariadic)};
    MethodHandle typed =
        linker.downcallHandle(symbol, FunctionDescriptor.of(result.layout(), layouts), options);
    Class<?>[] longs = new Class<?>[parameters.length];
    Arrays.fill(longs, long.class);
    return MethodHandles.explicitCastArguments(
        typed,
        MethodType.methodType(long.class, longs).insertParameterTypes(0, MemorySegment.class));
  }

  private static RuntimeException unexpected(Throwable e) {
    return switch (e) {
      case Error error -> throw error;
      case RuntimeException runtime -> runtime;
      default -> new IllegalStateException("a downcall threw", e);
    };
  }
}
