package dev.ballast.oci.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The fields of a message's head, in their order. */
public final class Headers {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  private final List<Field> fields = new ArrayList<>();

  private record Field(String name, String value) {}

  /** Adds a field; its value may not break out of its line. */
  void add(String name, String value) {
    if (value.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 127)) {
      throw new IllegalArgumentException("not the value of a header: name=" + name);
    }
    fields.add(new Field(name, value));
  }

  void set(String name, String value) {
    fields.removeIf(field -> field.name.equalsIgnoreCase(name));
    add(name, value);
  }

  /** Reads a line of a message. */
  void read(String line) throws HttpException {
    int colon = line.indexOf(':');
    if (colon <= 0 || !NAME.matcher(line.substring(0, colon)).matches()) {
      throw new HttpException(400, "not a header");
    }
    try {
      add(line.substring(0, colon), line.substring(colon + 1).strip());
    } catch (IllegalArgumentException e) {
      throw new HttpException(400, "not a header");
    }
  }

  /** Returns the first value of a field. */
  public Optional<String> first(String name) {
    for (Field field : fields) {
      if (field.name.equalsIgnoreCase(name)) {
        return Optional.of(field.value);
      }
    }
    return Optional.empty();
  }

  /** Returns all values of a field. */
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.name.equalsIgnoreCase(name))
        .map(Field::value)
        .toList();
  }

  int size() {
    return fields.size();
  }

  /** Returns whether a field that lists words has one. */
  boolean lists(String name, String word) {
    return all(name).stream()
        .flatMap(value -> List.of(value.split(",", -1)).stream())
        .anyMatch(each -> each.strip().toLowerCase(Locale.ROOT).equals(word));
  }

  /** Those that are secrets of one host stay behind unless it is the same. */
  void copyTo(Headers other, boolean sameHost) {
    for (Field field : fields) {
      if (sameHost
          || !(field.name.equalsIgnoreCase("Authorization")
              || field.name.equalsIgnoreCase("Cookie"))) {
        other.add(field.name, field.value);
      }
    }
  }

  void write(StringBuilder to) {
    for (Field field : fields) {
      to.append(field.name).append(": ").append(field.value).append("\r\n");
    }
  }

  /**
   * Returns how long the body is: −1 when it comes in chunks, −2 when nothing says so.
   *
   * @throws HttpException when two readers could disagree on it
   */
  long bodyLength() throws HttpException {
    List<String> encodings = all("Transfer-Encoding");
    List<String> lengths = all("Content-Length");
    if (!encodings.isEmpty()) {
      if (!lengths.isEmpty()) {
        throw new HttpException(400, "Transfer-Encoding and Content-Length in one message");
      }
      if (encodings.size() > 1 || !encodings.getFirst().equalsIgnoreCase("chunked")) {
        throw new HttpException(501, "a transfer encoding other than chunked");
      }
      return BodyInput.CHUNKED;
    }
    if (lengths.isEmpty()) {
      return BodyInput.UNSTATED;
    }
    if (lengths.stream().distinct().count() > 1 || !LENGTH.matcher(lengths.getFirst()).matches()) {
      throw new HttpException(400, "not a Content-Length");
    }
    return Long.parseLong(lengths.getFirst());
  }
}
