package dev.ballast.oci.http;

import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a client asks a server. */
public final class Request {
  private final String method;
  private final String path;
  private final String query;
  private final Headers headers;
  private final BodyInput body;
  private final long length;
  private final boolean secure;
  private final String peer;

  private Request(
      String method,
      String path,
      String query,
      Headers headers,
      BodyInput body,
      long length,
      boolean secure,
      String peer) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.headers = headers;
    this.body = body;
    this.length = length;
    this.secure = secure;
    this.peer = peer;
  }

  /** Reads what stands in a head's first line. */
  static Request of(
      String method,
      String target,
      Headers headers,
      BodyInput body,
      long length,
      boolean secure,
      String peer)
      throws HttpException {
    String local = target;
    if (local.startsWith("http://") || local.startsWith("https://")) {
      int slash = local.indexOf('/', local.indexOf("//") + 2);
      local = slash < 0 ? "/" : local.substring(slash);
    }
    if (!local.startsWith("/")) {
      throw new HttpException(400, "not a path");
    }
    int question = local.indexOf('?');
    String path = question < 0 ? local : local.substring(0, question);
    return new Request(
        method,
        decoded(path.replace("+", "%2B")),
        question < 0 ? "" : local.substring(question + 1),
        headers,
        body,
        length,
        secure,
        peer);
  }

  private static String decoded(String text) throws HttpException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new HttpException(400, "not a percent encoding");
    }
  }

  public String method() {
    return method;
  }

  /** Returns the path, decoded; it is for whoever uses it to say which are valid. */
  public String path() {
    return path;
  }

  /** Returns the address of the client, for logs. */
  public String peer() {
    return peer;
  }

  /** Returns whether it came under TLS. */
  public boolean isSecure() {
    return secure;
  }

  /** Returns the first value of a header. */
  public Optional<String> header(String name) {
    return headers.first(name);
  }

  /** Returns the first value of a parameter of the query. */
  public Optional<String> parameter(String name) {
    return parameters(name).stream().findFirst();
  }

  /** Returns all values of a parameter of the query. */
  public List<String> parameters(String name) {
    List<String> values = new ArrayList<>();
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      try {
        if (equals > 0 && decoded(each.substring(0, equals)).equals(name)) {
          values.add(decoded(each.substring(equals + 1)));
        }
      } catch (HttpException e) {
        // Then it is not the parameter that is asked for.
      }
    }
    return values;
  }

  /** Returns the length of the body; negative when it is not known before. */
  public long length() {
    return length;
  }

  /** Returns the body. */
  public InputStream body() {
    return body;
  }
}
