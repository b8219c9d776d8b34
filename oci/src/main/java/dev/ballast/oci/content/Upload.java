package dev.ballast.oci.content;

import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.content.ContentException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Content that is being written: hashed while it comes, and in the store only when it is what was
 * announced. Used by one thread at a time. Closing it without {@link #finish} drops it, unless it
 * is one that can be resumed.
 */
public final class Upload implements AutoCloseable {
  private static final int BUFFER = 256 << 10;

  private final ContentStore store;
  private final Path file;
  private final FileChannel channel;
  private final boolean resumable;
  private DigestAlgorithm algorithm;
  private MessageDigest digest;
  private long length;
  private boolean finished;

  private Upload(
      ContentStore store,
      Path file,
      FileChannel channel,
      boolean resumable,
      DigestAlgorithm algorithm) {
    this.store = store;
    this.file = file;
    this.channel = channel;
    this.resumable = resumable;
    this.algorithm = algorithm;
    this.digest = algorithm.start();
  }

  /** Begins a file that nobody else knows. */
  static Upload begin(ContentStore store, Path file, DigestAlgorithm algorithm) throws IOException {
    return new Upload(
        store,
        file,
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
        false,
        algorithm);
  }

  /** Goes on with a file, whose content is hashed again. */
  static Upload resume(ContentStore store, Path file, DigestAlgorithm algorithm)
      throws IOException {
    Upload upload =
        new Upload(
            store,
            file,
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE),
            true,
            algorithm);
    try {
      upload.length = upload.channel.size();
      upload.hashAgain(algorithm);
      return upload;
    } catch (IOException e) {
      upload.channel.close();
      throw e;
    }
  }

  private void hashAgain(DigestAlgorithm other) throws IOException {
    algorithm = other;
    digest = other.start();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    for (long at = 0; at < length; ) {
      buffer.clear();
      int n = channel.read(buffer, at);
      if (n < 0) {
        throw new IOException("the upload was cut: " + file);
      }
      digest.update(buffer.array(), 0, n);
      at += n;
    }
  }

  /** Returns how much there is. */
  public long length() {
    return length;
  }

  /** Writes more. What a failed write left is cut off again. */
  public void append(ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    store.quota().reserve(count);
    ByteBuffer hashed = bytes.duplicate();
    try {
      long at = length;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      store.quota().release(count);
      if (channel.isOpen()) {
        channel.truncate(length);
      }
      throw ContentException.of(e, store.root().toString());
    }
    digest.update(hashed);
    length += count;
  }

  /**
   * Makes it content of the store.
   *
   * @throws ContentException when it is not what was announced; then it is dropped
   */
  public void finish(Digest announced) throws IOException {
    if (announced.algorithm() != algorithm) {
      hashAgain(announced.algorithm());
    }
    Digest found = Digest.of(algorithm, digest);
    if (!found.equals(announced)) {
      drop();
      throw new ContentException(Reason.MISMATCH, "the content is " + found + ", not " + announced);
    }
    try {
      if (store.keep(file, channel, announced)) {
        finished = true;
        channel.close();
      } else {
        // It was there already.
        drop();
      }
    } catch (IOException e) {
      digest = algorithm.start();
      hashAgain(algorithm);
      throw ContentException.of(e, store.root().toString());
    }
  }

  /** Removes it. */
  void drop() throws IOException {
    if (!finished) {
      finished = true;
      channel.close();
      if (Files.deleteIfExists(file)) {
        store.quota().release(length);
      }
    }
  }

  /** Whether it is content by now, or gone. */
  boolean isFinished() {
    return finished;
  }

  @Override
  public void close() throws IOException {
    if (resumable) {
      channel.close();
    } else {
      drop();
    }
  }
}
