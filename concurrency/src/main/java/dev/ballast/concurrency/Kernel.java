package dev.ballast.concurrency;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the kernel says of the calling OS thread. */
final class Kernel {
  private static final File SELF = new File("/proc/thread-self");

  /** The C library's, which is one call of the kernel where {@code /proc} takes several. */
  private static volatile @Nullable MethodHandle gettid;

  private Kernel() {}

  /**
   * Has {@link #tid} ask the C library from now on, where foreign calls are allowed. It takes some
   * milliseconds, so it is for processes that start many OS threads.
   */
  static void linkTid() {
    if (gettid == null && Jni.unavailable().isEmpty()) {
      gettid = Jni.gettid().orElse(null);
    }
  }

  /** The calling OS thread's number; 0 where it is not to be had. */
  static int tid() {
    MethodHandle own = gettid;
    try {
      return own == null ? tidOfProc() : (int) own.invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Not by {@link Files}, which gives each thread memory of its own that has to be freed when it
   * ends: some end at once.
   */
  private static int tidOfProc() {
    try {
      String own = SELF.getCanonicalPath();
      return Integer.parseInt(own, own.lastIndexOf('/') + 1, own.length(), 10);
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /** Whether an OS thread of this process waits in the kernel. */
  static boolean waits(int tid) {
    String stat = of(tid, "stat");
    // The name is in parentheses and may hold any character.
    return stat.startsWith(") S", stat.lastIndexOf(')'));
  }

  /**
   * Whether it waits in a system call of the code that it runs: not for a lock, nor because the JVM
   * has stopped it, which are futexes, as far as the kernel tells where it waits.
   */
  static boolean waitsInCall(int tid) {
    String place = of(tid, "wchan");
    return !place.contains("futex") && waits(tid) && place.equals(of(tid, "wchan"));
  }

  private static String of(int tid, String file) {
    try {
      return Files.readString(Path.of("/proc/self/task", Integer.toString(tid), file), ISO_8859_1);
    } catch (IOException | RuntimeException e) {
      return "";
    }
  }
}
