package dev.ballast.oci.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** What a server answered. To close it gives the connection back, or ends it. */
public final class Answer implements AutoCloseable {
  /** What is left of a body is read when it is less. */
  private static final long DRAINED = 64 << 10;

  private final int status;
  private final Headers headers;
  private final BodyInput body;
  private final long length;
  private final Runnable reuse;
  private final Runnable end;
  private boolean closed;

  Answer(int status, Headers headers, BodyInput body, long length, Runnable reuse, Runnable end) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.length = length;
    this.reuse = reuse;
    this.end = end;
  }

  public int status() {
    return status;
  }

  public Headers headers() {
    return headers;
  }

  public Optional<String> header(String name) {
    return headers.first(name);
  }

  /** Returns how long the body is; negative when that is not known. */
  public long length() {
    return length;
  }

  public InputStream body() {
    return body;
  }

  /**
   * Returns the whole body.
   *
   * @throws IOException when it has more bytes than that
   */
  public byte[] bytes(int most) throws IOException {
    byte[] bytes = body.readNBytes(most + 1);
    if (bytes.length > most) {
      throw new IOException("the answer is larger than " + most + " bytes");
    }
    return bytes;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    boolean whole;
    try {
      whole = body.isEnded() || (length >= 0 && length <= DRAINED && body.drain(DRAINED));
    } catch (IOException e) {
      whole = false;
    }
    if (whole) {
      reuse.run();
    } else {
      end.run();
    }
  }
}
