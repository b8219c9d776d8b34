package dev.ballast.images.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses blocks of a fixed size at the same time into one gzip member. Each block knows the
 * last 32 KiB before it. The bytes depend on the input alone, not on the number of threads.
 */
public final class ParallelGzip extends OutputStream {
  private static final int BLOCK = 512 << 10;
  private static final int WINDOW = 32 << 10;
  private static final int WAITING = 8;

  private final OutputStream out;
  private final Executor executor;
  private final Deque<FutureTask<byte[]>> blocks = new ArrayDeque<>();
  private final CRC32 crc = new CRC32();
  private byte[] block = new byte[BLOCK];
  private byte[] window = new byte[0];
  private int filled;
  private long total;
  private boolean closed;

  /** Writes the header; {@code executor} runs the work. */
  public ParallelGzip(OutputStream out, Executor executor) throws IOException {
    this.out = out;
    this.executor = executor;
    out.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255});
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    crc.update(bytes, offset, length);
    total += length;
    int at = offset;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, BLOCK - filled);
      System.arraycopy(bytes, at, block, filled, count);
      filled += count;
      at += count;
      left -= count;
      if (filled == BLOCK) {
        submit(false);
      }
    }
  }

  private void submit(boolean last) throws IOException {
    byte[] data = block;
    int length = filled;
    byte[] before = window;
    FutureTask<byte[]> task = new FutureTask<>(() -> compress(data, length, before, last));
    blocks.add(task);
    executor.execute(task);
    if (!last) {
      window = java.util.Arrays.copyOfRange(data, length - WINDOW, length);
      block = new byte[BLOCK];
      filled = 0;
    }
    while (blocks.size() >= WAITING) {
      drain();
    }
  }

  private void drain() throws IOException {
    try {
      out.write(blocks.remove().get());
    } catch (ExecutionException e) {
      throw new IOException("cannot compress", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted while a layer was compressed");
    }
  }

  private static byte[] compress(byte[] data, int length, byte[] before, boolean last) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      if (before.length > 0) {
        deflater.setDictionary(before);
      }
      deflater.setInput(data, 0, length);
      ByteArrayOutputStream found = new ByteArrayOutputStream(length / 2 + 64);
      byte[] buffer = new byte[64 << 10];
      if (last) {
        deflater.finish();
      }
      while (true) {
        int count =
            deflater.deflate(
                buffer, 0, buffer.length, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
        found.write(buffer, 0, count);
        if (last ? deflater.finished() : count < buffer.length) {
          return found.toByteArray();
        }
      }
    } finally {
      deflater.end();
    }
  }

  /** Writes what is left and closes the stream below. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    submit(true);
    while (!blocks.isEmpty()) {
      drain();
    }
    byte[] end = new byte[8];
    for (int i = 0; i < 4; i++) {
      end[i] = (byte) (crc.getValue() >>> (8 * i));
      end[4 + i] = (byte) (total >>> (8 * i));
    }
    out.write(end);
    out.close();
  }
}
