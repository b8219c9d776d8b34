package dev.ballast.pki;

import java.math.BigInteger;
import java.util.Arrays;

/** Walks over DER values, front to back. */
final class DerReader {
  private final byte[] bytes;
  private int at;
  private final int end;

  DerReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private DerReader(byte[] bytes, int at, int end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  boolean hasMore() {
    return at < end;
  }

  /** The tag of the next value. */
  int peek() {
    if (at >= end) {
      throw malformed("it ends early");
    }
    return bytes[at] & 0xff;
  }

  /** The next value whole, tag and length included. */
  byte[] next() {
    int from = at;
    skipHeader();
    int length = lengthAt(from);
    at += length;
    return Arrays.copyOfRange(bytes, from, at);
  }

  /** The contents of the next value, which must have this tag. */
  DerReader enter(int tag) {
    if (peek() != tag) {
      throw malformed("a value has tag 0x%02x instead of 0x%02x".formatted(peek(), tag));
    }
    int from = at;
    skipHeader();
    int length = lengthAt(from);
    var inner = new DerReader(bytes, at, at + length);
    at += length;
    return inner;
  }

  byte[] contents(int tag) {
    DerReader inner = enter(tag);
    return Arrays.copyOfRange(bytes, inner.at, inner.end);
  }

  BigInteger integer() {
    byte[] contents = contents(Der.INTEGER);
    if (contents.length == 0) {
      throw malformed("an integer is empty");
    }
    return new BigInteger(contents);
  }

  private void skipHeader() {
    peek();
    if (at + 2 > end) {
      throw malformed("it ends early");
    }
    int first = bytes[at + 1] & 0xff;
    int header = first < 0x80 ? 2 : 2 + (first & 0x7f);
    if (first == 0x80 || header > 6 || at + header > end) {
      throw malformed("a length is not readable");
    }
    int length = first;
    if (first >= 0x80) {
      length = 0;
      for (int i = at + 2; i < at + header; i++) {
        length = (length << 8) | (bytes[i] & 0xff);
      }
    }
    if (length < 0 || length > end - at - header) {
      throw malformed("it ends early");
    }
    at += header;
  }

  private int lengthAt(int from) {
    int first = bytes[from + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = from + 2; i < from + 2 + (first & 0x7f); i++) {
      length = (length << 8) | (bytes[i] & 0xff);
    }
    return length;
  }

  static IllegalArgumentException malformed(String what) {
    return new IllegalArgumentException("not DER: " + what);
  }
}
