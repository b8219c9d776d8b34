package dev.ballast.xds;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A message on its way out, made of pieces that other messages share. Read once. */
final class WireMessage extends InputStream implements Drainable, KnownLength {
  private final List<byte[]> pieces = new ArrayList<>();
  private int remaining;
  private int piece;
  private int offset;

  void add(byte[] bytes) {
    pieces.add(bytes);
    remaining = Math.addExact(remaining, bytes.length);
  }

  @Override
  public int available() {
    return remaining;
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    int drained = remaining;
    while (piece < pieces.size()) {
      byte[] bytes = pieces.get(piece);
      target.write(bytes, offset, bytes.length - offset);
      piece++;
      offset = 0;
    }
    remaining = 0;
    return drained;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int length) {
    Objects.checkFromIndexSize(from, length, target.length);
    while (piece < pieces.size() && offset == pieces.get(piece).length) {
      piece++;
      offset = 0;
    }
    if (piece == pieces.size()) {
      return length == 0 ? 0 : -1;
    }
    byte[] bytes = pieces.get(piece);
    int count = Math.min(length, bytes.length - offset);
    System.arraycopy(bytes, offset, target, from, count);
    offset += count;
    remaining -= count;
    return count;
  }
}
