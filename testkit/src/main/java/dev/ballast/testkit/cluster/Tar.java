package dev.ballast.testkit.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;

/** Writes the ustar format of POSIX: short names, and files of less than 8 GiB. */
final class Tar {
  private static final int BLOCK = 512;
  private static final int LONGEST_NAME = 100;

  private Tar() {}

  static void entry(OutputStream out, ImageEntry entry) throws IOException {
    switch (entry) {
      case ImageEntry.Program(var path, var content) -> {
        long size = Files.size(content);
        out.write(header(path, '0', 0755, size, ""));
        Files.copy(content, out);
        pad(out, size);
      }
      case ImageEntry.Link(var path, var target) -> out.write(header(path, '2', 0777, 0, target));
      case ImageEntry.Directory(var path) -> out.write(header(path + "/", '5', 01777, 0, ""));
    }
  }

  static void file(OutputStream out, String path, byte[] content) throws IOException {
    out.write(header(path, '0', 0644, content.length, ""));
    out.write(content);
    pad(out, content.length);
  }

  static void end(OutputStream out) throws IOException {
    out.write(new byte[2 * BLOCK]);
  }

  static byte[] header(String path, char type, int mode, long size, String target) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name(path));
    put(header, 100, "%07o".formatted(mode));
    put(header, 108, "%07o".formatted(0));
    put(header, 116, "%07o".formatted(0));
    put(header, 124, "%011o".formatted(size));
    put(header, 136, "%011o".formatted(0));
    header[156] = (byte) type;
    put(header, 157, name(target));
    put(header, 257, "ustar\00000");
    // The checksum counts its own field as blanks.
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return header;
  }

  static void pad(OutputStream out, long size) throws IOException {
    out.write(new byte[(int) (-size & BLOCK - 1)]);
  }

  private static String name(String name) {
    if (name.length() > LONGEST_NAME) {
      throw new IllegalArgumentException("too long for this archive: " + name);
    }
    return name;
  }

  private static void put(byte[] header, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, offset, bytes.length);
  }
}
