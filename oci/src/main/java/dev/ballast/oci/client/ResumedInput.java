package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.http.Answer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** The bytes of a remote blob, which is opened again where a connection broke. */
final class ResumedInput extends InputStream {
  private final RemoteRepository repository;
  private final Descriptor blob;
  private long at;
  private Optional<Answer> answer = Optional.empty();

  ResumedInput(RemoteRepository repository, Descriptor blob, long at) {
    this.repository = repository;
    this.blob = blob;
    this.at = at;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    int n =
        repository
            .transport()
            .repeat(() -> {
              Answer open = opened();
              try {
                int read = open.body().read(to, offset, count);
                if (read < 0 && at < blob.size() && open.length() < 0) {
                  throw new EOFException("the connection ended before the blob");
                }
                return read;
              } catch (IOException e) {
                close();
                throw e;
              }
            });
    at += Math.max(0, n);
    return n;
  }

  private Answer opened() throws IOException {
    if (answer.isEmpty()) {
      answer = repository.open(blob.digest(), at);
    }
    return answer.orElseThrow(
        () -> new RegistryException(404, repository + " does not have " + blob.digest()));
  }

  @Override
  public void close() {
    answer.ifPresent(Answer::close);
    answer = Optional.empty();
  }
}
