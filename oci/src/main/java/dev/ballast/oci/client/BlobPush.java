package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.http.Answer;
import dev.ballast.oci.http.Call;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends one blob: mounted if the registry has it elsewhere, else in one request, and what a broken
 * connection left is asked for and continued.
 */
final class BlobPush {
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

  private final RemoteRepository repository;
  private final Descriptor blob;
  private final BlobSource source;
  private Optional<URI> location = Optional.empty();

  BlobPush(RemoteRepository repository, Descriptor blob, BlobSource source) {
    this.repository = repository;
    this.blob = blob;
    this.source = source;
  }

  void run(Optional<RepositoryName> from) throws IOException {
    boolean[] first = {true};
    repository
        .transport()
        .repeat(() -> {
          if (location.isEmpty()) {
            if (begin(first[0] ? from : Optional.empty())) {
              return true;
            }
            first[0] = false;
            sendAll();
            return true;
          }
          long offset = offset();
          if (location.isEmpty()) {
            // The registry has forgotten it.
            throw new IOException("the upload of " + blob.digest() + " is gone; it begins again");
          }
          if (offset == 0) {
            sendAll();
          } else {
            sendRest(offset);
          }
          return true;
        });
  }

  /** Begins an upload; true when the blob was mounted instead. */
  private boolean begin(Optional<RepositoryName> from) throws IOException {
    List<String> scopes = new ArrayList<>(repository.push());
    String query = "";
    if (from.isPresent()) {
      query = "?mount=" + blob.digest() + "&from=" + from.get();
      scopes.add("repository:" + from.get() + ":pull");
    }
    Call call = Call.of("POST", repository.uri("/blobs/uploads/" + query)).body(new byte[0]);
    try (Answer answer = send(call, scopes)) {
      if (answer.status() == 201 && from.isPresent()) {
        return true;
      }
      if (answer.status() != 202) {
        throw Transport.refused(repository.registry(), call, answer);
      }
      location = Optional.of(Transport.location(call.uri(), answer, repository.registry()));
      return false;
    }
  }

  private Answer send(Call call, List<String> scopes) throws IOException {
    return repository.transport().send(repository.registry(), call, scopes);
  }

  private URI withDigest(URI to) {
    String query = to.getRawQuery();
    String text = to.toString();
    return URI.create(
        text + (query == null ? "?" : query.isEmpty() ? "" : "&") + "digest=" + blob.digest());
  }

  private void sendAll() throws IOException {
    Call call = Call.of("PUT", withDigest(location.orElseThrow()));
    switch (source) {
      case BlobSource.File file -> end(call.body(file.channel(), 0, blob.size()));
      case BlobSource.Stream stream -> {
        try (InputStream in = stream.from(0)) {
          end(call.body(in, blob.size()));
        }
      }
    }
  }

  private void sendRest(long offset) throws IOException {
    if (offset < blob.size()) {
      Call call =
          Call.of("PATCH", location.orElseThrow())
              .header("Content-Range", offset + "-" + (blob.size() - 1));
      switch (source) {
        case BlobSource.File file -> chunk(call.body(file.channel(), offset, blob.size() - offset));
        case BlobSource.Stream stream -> {
          try (InputStream in = stream.from(offset)) {
            chunk(call.body(in, blob.size() - offset));
          }
        }
      }
    }
    end(Call.of("PUT", withDigest(location.orElseThrow())).body(new byte[0]));
  }

  private void chunk(Call call) throws IOException {
    try (Answer answer =
        send(call.header("Content-Type", "application/octet-stream"), repository.push())) {
      if (answer.status() != 202) {
        throw Transport.refused(repository.registry(), call, answer);
      }
      location = Optional.of(Transport.location(call.uri(), answer, repository.registry()));
    }
  }

  private void end(Call call) throws IOException {
    try (Answer answer =
        send(call.header("Content-Type", "application/octet-stream"), repository.push())) {
      if (answer.status() != 201) {
        location = Optional.empty();
        throw Transport.refused(repository.registry(), call, answer);
      }
    }
  }

  /** Asks how much of it has arrived. */
  private long offset() throws IOException {
    Call call = Call.of("GET", location.orElseThrow());
    try (Answer answer = send(call, repository.push())) {
      if (answer.status() != 204 && answer.status() != 200) {
        location = Optional.empty();
        return 0;
      }
      if (answer.header("Location").isPresent()) {
        location = Optional.of(Transport.location(call.uri(), answer, repository.registry()));
      }
      Matcher range = RANGE.matcher(answer.header("Range").orElse(""));
      // One byte and none look the same: "0-0".
      long last = range.matches() ? Long.parseLong(range.group(1)) : 0;
      return last == 0 ? 0 : Math.min(last + 1, blob.size());
    }
  }
}
