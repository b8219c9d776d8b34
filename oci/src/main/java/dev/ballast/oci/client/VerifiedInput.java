package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Fails at the end, or before, when the bytes are not those of a descriptor. */
final class VerifiedInput extends FilterInputStream {
  private final Descriptor blob;
  private final MessageDigest digest;
  private long count;
  private boolean verified;

  VerifiedInput(InputStream in, Descriptor blob) {
    super(in);
    this.blob = blob;
    this.digest = blob.digest().algorithm().start();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int at, int length) throws IOException {
    int n = in.read(to, at, length);
    if (n > 0) {
      digest.update(to, at, n);
      count += n;
    }
    if (count > blob.size() || (n < 0 && count < blob.size())) {
      throw new RegistryException(
          "%s has %d bytes or more, not %d".formatted(blob.digest(), count, blob.size()));
    }
    // With the last byte, not behind it: a reader that knows the length does not ask again.
    if (count == blob.size() && !verified) {
      verified = true;
      Digest found = Digest.of(blob.digest().algorithm(), digest);
      if (!found.equals(blob.digest())) {
        throw new RegistryException("the content of " + blob.digest() + " came as " + found);
      }
    }
    return n;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
