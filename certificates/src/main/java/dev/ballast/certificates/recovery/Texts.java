package dev.ballast.certificates.recovery;

import dev.ballast.pki.PkiFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Files as text. */
final class Texts {
  private Texts() {}

  static String read(Path file) {
    return new String(PkiFiles.read(file), StandardCharsets.UTF_8);
  }
}
