package dev.ballast.oci.http;

import java.io.IOException;

/** Answers requests. Threads: any. */
public interface HttpHandler {
  /** Answers one; exactly once, and completely. */
  void handle(Request request, Response response) throws IOException;
}
