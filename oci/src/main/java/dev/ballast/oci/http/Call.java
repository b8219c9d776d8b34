package dev.ballast.oci.http;

import java.io.InputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** What a client asks. Made by one thread, before it is sent. */
public final class Call {
  private final String method;
  private final URI uri;
  private final Headers headers = new Headers();
  private Body body = new Body.None();

  /** What is sent with it. */
  sealed interface Body {
    record None() implements Body {}

    record Bytes(byte[] bytes) implements Body {}

    record Part(FileChannel file, long first, long count) implements Body {}

    /** Of a length, or with a negative one in chunks until it ends. */
    record Stream(InputStream stream, long length) implements Body {}
  }

  private Call(String method, URI uri) {
    this.method = method;
    this.uri = uri;
  }

  public static Call of(String method, URI uri) {
    return new Call(method, uri);
  }

  /** Sets a header. */
  public Call header(String name, String value) {
    headers.set(name, value);
    return this;
  }

  /** Adds one more value of a header. */
  public Call also(String name, String value) {
    headers.add(name, value);
    return this;
  }

  public Call body(byte[] bytes) {
    body = new Body.Bytes(bytes);
    return this;
  }

  /** Sends a part of a file, without copying it where there is no TLS. */
  public Call body(FileChannel file, long first, long count) {
    body = new Body.Part(file, first, count);
    return this;
  }

  /** Sends a stream once; the call cannot be repeated. A negative length is an unknown one. */
  public Call body(InputStream stream, long length) {
    body = new Body.Stream(stream, length);
    return this;
  }

  /** Returns the same with another address and without headers that only the first may see. */
  public Call redirected(URI other, boolean sameHost) {
    Call call = new Call(method, other);
    call.body = body;
    headers.copyTo(call.headers, sameHost);
    return call;
  }

  /** Returns the same once more. */
  public Call copy() {
    return redirected(uri, true);
  }

  public String method() {
    return method;
  }

  public URI uri() {
    return uri;
  }

  Headers headers() {
    return headers;
  }

  Body body() {
    return body;
  }

  /** Returns whether it may be sent again. */
  public boolean isRepeatable() {
    return !(body instanceof Body.Stream);
  }

  Optional<Long> bodyLength() {
    return switch (body) {
      case Body.None _ ->
          method.equals("GET") || method.equals("HEAD") || method.equals("DELETE")
              ? Optional.empty()
              : Optional.of(0L);
      case Body.Bytes bytes -> Optional.of((long) bytes.bytes().length);
      case Body.Part part -> Optional.of(part.count());
      case Body.Stream stream ->
          stream.length() < 0 ? Optional.empty() : Optional.of(stream.length());
    };
  }
}
