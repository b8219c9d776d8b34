package dev.ballast.linux.process;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/** Writes a descriptor, all of it, without a buffer. */
final class FdOutputStream extends OutputStream {
  private static final Call WRITE = Call.of(LONG, "write", INT, POINTER, LONG);

  private final Fd fd;

  FdOutputStream(Fd fd) {
    this.fd = fd;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = Memory.copy(arena, Arrays.copyOfRange(bytes, offset, offset + length));
      long[] done = {0};
      while (done[0] < length) {
        long count =
            fd.use(
                n -> Call.retry(() -> WRITE.apply(n, all.address() + done[0], length - done[0])));
        if (count < 0) {
          throw new IOException("write(" + fd + "): " + Errno.of((int) -count));
        }
        done[0] += count;
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
