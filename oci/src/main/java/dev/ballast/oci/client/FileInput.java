package dev.ballast.oci.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads a file that others read too, from the front. */
final class FileInput extends InputStream {
  private final FileChannel channel;
  private long at;

  FileInput(FileChannel channel) {
    this.channel = channel;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int count) throws IOException {
    int n = channel.read(ByteBuffer.wrap(to, offset, count), at);
    at += Math.max(0, n);
    return n;
  }
}
