package dev.ballast.oci.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** The answer to one request. Used by one thread. */
public final class Response {
  private final Wire wire;
  private final boolean bodiless;
  private final Headers headers = new Headers();
  private boolean closes;
  private int status;
  private long sent;
  private boolean complete;

  Response(Wire wire, boolean bodiless, boolean closes) {
    this.wire = wire;
    this.bodiless = bodiless;
    this.closes = closes;
  }

  /** Adds a header. */
  public Response header(String name, String value) {
    headers.add(name, value);
    return this;
  }

  /** Ends the connection behind this answer. */
  public Response closing() {
    closes = true;
    return this;
  }

  /** Returns the status that was sent; 0 before. */
  public int status() {
    return status;
  }

  /** Returns how many bytes of a body were sent. */
  public long sent() {
    return sent;
  }

  boolean closes() {
    return closes;
  }

  boolean isComplete() {
    return complete;
  }

  private String head(int code, Optional<Long> length) {
    status = code;
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(code).append(' ').append(Status.reason(code)).append("\r\n");
    headers.write(head);
    length.ifPresent(n -> head.append("Content-Length: ").append(n).append("\r\n"));
    if (closes) {
      head.append("Connection: close\r\n");
    }
    return head.append("\r\n").toString();
  }

  /** Sends an answer without a body. */
  public void send(int code) throws IOException {
    wire.write(head(code, code == 204 || code == 304 ? Optional.empty() : Optional.of(0L)));
    complete = true;
  }

  /** Sends what a body of this length would be announced by. */
  public void sendHead(int code, long length) throws IOException {
    if (!bodiless) {
      throw new IllegalStateException("only a HEAD is answered without its body");
    }
    wire.write(head(code, Optional.of(length)));
    complete = true;
  }

  /** Sends a body, or its head where only that was asked for. */
  public void send(int code, byte[] body) throws IOException {
    String head = head(code, Optional.of((long) body.length));
    if (bodiless) {
      wire.write(head);
    } else {
      wire.write(head, body);
      sent = body.length;
    }
    complete = true;
  }

  /** Sends a part of a file, or its head where only that was asked for. */
  public void send(int code, FileChannel file, long first, long count) throws IOException {
    String head = head(code, Optional.of(count));
    if (bodiless) {
      wire.write(head);
    } else {
      wire.write(head, file, first, count);
      sent = count;
    }
    complete = true;
  }

  /** A body that is written piece by piece. */
  public interface Body {
    void write(ByteBuffer bytes) throws IOException;
  }

  /** Begins a body of a known length; {@link #end} ends it. */
  public Body begin(int code, long length) throws IOException {
    wire.write(head(code, Optional.of(length)));
    return bytes -> {
      sent += bytes.remaining();
      if (sent > length) {
        throw new IOException("the body is longer than was announced");
      }
      wire.write(bytes);
    };
  }

  /** Ends a body that was begun; one that is shorter than announced breaks the connection. */
  public void end() {
    complete = true;
  }
}
