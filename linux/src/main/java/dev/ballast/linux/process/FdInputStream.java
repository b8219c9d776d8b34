package dev.ballast.linux.process;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Reads a descriptor; a blocked read ends when the other side closes. */
final class FdInputStream extends InputStream {
  private static final Call READ = Call.of(LONG, "read", INT, POINTER, LONG);
  private static final int MOST = 1 << 16;

  private final Fd fd;

  FdInputStream(Fd fd) {
    this.fd = fd;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(length, MOST));
      long count =
          fd.use(n -> Call.retry(() -> READ.apply(n, buffer.address(), buffer.byteSize())));
      if (count < 0) {
        throw new IOException("read(" + fd + "): " + Errno.of((int) -count));
      }
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) count);
      return count == 0 ? -1 : (int) count;
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
