package dev.ballast.oci.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes buffers that have arrays to a stream. */
record TlsOutput(OutputStream stream) implements WritableByteChannel {
  @Override
  public int write(ByteBuffer from) throws IOException {
    int n = from.remaining();
    stream.write(from.array(), from.arrayOffset() + from.position(), n);
    from.position(from.limit());
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
