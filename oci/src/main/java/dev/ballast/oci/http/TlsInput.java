package dev.ballast.oci.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads from a stream into buffers that have arrays, as much as is there. */
record TlsInput(InputStream stream) implements ReadableByteChannel {
  @Override
  public int read(ByteBuffer to) throws IOException {
    int n = stream.read(to.array(), to.arrayOffset() + to.position(), to.remaining());
    if (n > 0) {
      to.position(to.position() + n);
    }
    return n;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
