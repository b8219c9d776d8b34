package dev.ballast.objects.api;

import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.WriteResult;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.TimeoutException;

/** Says what went wrong between us and the API, for a person. */
final class Answers {
  static final int FORBIDDEN = 403;
  static final int UNAUTHORIZED = 401;
  static final int NOT_FOUND = 404;
  static final int CONFLICT = 409;
  private static final int TOO_MANY = 429;

  private Answers() {}

  static String text(Throwable thrown) {
    if (thrown instanceof KubernetesClientException client
        && client.getStatus() != null
        && client.getStatus().getMessage() != null) {
      return client.getStatus().getMessage();
    }
    Throwable root = thrown;
    for (int depth = 0; root.getCause() != null && depth < 10; depth++) {
      root = root.getCause();
    }
    if (root instanceof ConnectException
        || root instanceof HttpTimeoutException
        || root instanceof TimeoutException) {
      return "the API server does not answer";
    }
    String message = root.getMessage();
    return message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
  }

  static int code(Throwable thrown) {
    Throwable at = thrown;
    for (int depth = 0; at != null && depth < 10; depth++) {
      if (at instanceof KubernetesClientException client && client.getCode() != 0) {
        return client.getCode();
      }
      at = at.getCause();
    }
    return 0;
  }

  /** Returns what a write that failed came to. */
  static WriteResult result(String what, ObjectKey key, KubernetesClientException e) {
    String reason = "cannot " + what + " " + key + ": " + text(e);
    int code = code(e);
    if (code == CONFLICT) {
      return new WriteResult.Conflict(reason);
    }
    if (code == NOT_FOUND) {
      return new WriteResult.Gone(reason);
    }
    return code >= 400 && code < 500 && code != TOO_MANY
        ? new WriteResult.Refused(reason)
        : new WriteResult.Unreachable(reason);
  }
}
