package dev.ballast.pki;

import java.nio.charset.StandardCharsets;

/** The string types that names in certificates use (RFC 5280 section 4.1.2.4). */
final class DirectoryString {
  private static final int BMP_STRING = 0x1e;

  private DirectoryString() {}

  static String text(int tag, byte[] contents) {
    return switch (tag) {
      case Der.UTF8_STRING -> new String(contents, StandardCharsets.UTF_8);
      case BMP_STRING -> new String(contents, StandardCharsets.UTF_16BE);
      default -> new String(contents, StandardCharsets.ISO_8859_1);
    };
  }
}
