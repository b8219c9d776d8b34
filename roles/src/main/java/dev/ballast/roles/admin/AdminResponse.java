package dev.ballast.roles.admin;

import java.util.concurrent.CompletableFuture;

/** One answer. */
public sealed interface AdminResponse {
  /** A whole answer. */
  record Whole(int status, String contentType, String body) implements AdminResponse {}

  /**
   * An answer whose connection stays open: what it stands for ends when the client goes away.
   *
   * @param first what is sent at once, ended by a line feed
   * @param ended called once, when the client has gone or the process ends
   * @param over completed when what it stands for has ended otherwise; the connection ends then
   */
  record Held(String first, Runnable ended, CompletableFuture<?> over) implements AdminResponse {}

  /** Text for a person. */
  static AdminResponse text(String body) {
    return new Whole(200, "text/plain; charset=utf-8", body);
  }

  /** JSON for a program. */
  static AdminResponse json(String body) {
    return new Whole(200, "application/json", body);
  }

  /** A refusal: 400 for a bad question, 404 for a thing that is not there, 409 for a bad moment. */
  static AdminResponse refusal(int status, String sentence) {
    return new Whole(status, "text/plain; charset=utf-8", sentence + "\n");
  }
}
