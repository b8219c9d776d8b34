package dev.ballast.oci.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;

/** Where the bytes of a blob come from; it may be opened again at any place. */
public sealed interface BlobSource {
  /** A file that somebody else closes. */
  record File(FileChannel channel) implements BlobSource {}

  /** Something that is read from the front. */
  non-sealed interface Stream extends BlobSource {
    InputStream from(long offset) throws IOException;
  }

  /** Reads all of a source. */
  static InputStream stream(BlobSource source) throws IOException {
    return switch (source) {
      case File file -> new FileInput(file.channel());
      case Stream stream -> stream.from(0);
    };
  }
}
