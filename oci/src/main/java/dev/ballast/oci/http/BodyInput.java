package dev.ballast.oci.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;

/** The body of a message: so many bytes, chunks, or all until the connection ends. */
final class BodyInput extends InputStream {
  static final long CHUNKED = -1;
  static final long UNSTATED = -2;

  private static final int MOST_TRAILERS = 32;
  private static final Pattern SIZE = Pattern.compile("([0-9a-fA-F]{1,15})(?:[ \\t]*;.*)?");

  private final Wire wire;
  private final boolean chunked;
  private final boolean untilEnd;
  private final Runnable beforeFirst;
  private long left;
  private boolean begun;
  private boolean ended;

  /**
   * @param length of the body, {@link #CHUNKED} or {@link #UNSTATED}: then until the end
   * @param beforeFirst done once, before something is waited for
   */
  BodyInput(Wire wire, long length, Runnable beforeFirst) {
    this.wire = wire;
    this.chunked = length == CHUNKED;
    this.untilEnd = length == UNSTATED;
    this.left = Math.max(0, length);
    this.ended = length == 0;
    this.beforeFirst = beforeFirst;
  }

  /** Returns whether all of it was read, so that the connection is at the next message. */
  boolean isEnded() {
    return ended;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int at, int count) throws IOException {
    if (ended) {
      return -1;
    }
    if (count == 0) {
      return 0;
    }
    if (!begun) {
      begun = true;
      beforeFirst.run();
      wire.expectProgress();
      if (chunked) {
        nextChunk(false);
      }
    }
    if (untilEnd && !ended) {
      int n = wire.read(to, at, count);
      ended = n < 0;
      return n;
    }
    if (chunked && left == 0 && !ended) {
      nextChunk(true);
    }
    if (ended) {
      return -1;
    }
    int n = wire.read(to, at, (int) Math.min(count, left));
    if (n < 0) {
      throw new EOFException("the connection ended " + left + " bytes before the body");
    }
    left -= n;
    if (left == 0 && !chunked) {
      ended = true;
    }
    return n;
  }

  private void nextChunk(boolean behindAnother) throws IOException {
    if (behindAnother && !wire.line().isEmpty()) {
      throw new HttpException(400, "a chunk is longer than it says");
    }
    var size = SIZE.matcher(wire.line());
    if (!size.matches()) {
      throw new HttpException(400, "not the size of a chunk");
    }
    left = Long.parseLong(size.group(1), 16);
    if (left == 0) {
      for (int i = 0; !wire.line().isEmpty(); i++) {
        if (i == MOST_TRAILERS) {
          throw new HttpException(431, "too many trailers");
        }
      }
      ended = true;
    }
  }

  /** Reads what is left, if that is little; false when it is not. */
  boolean drain(long most) throws IOException {
    byte[] rest = new byte[8192];
    long seen = 0;
    while (!ended) {
      int n = read(rest, 0, rest.length);
      seen += Math.max(0, n);
      if (seen > most) {
        return false;
      }
    }
    return true;
  }
}
