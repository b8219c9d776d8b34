package dev.ballast.oci.registry;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of content.
 *
 * @param first its first byte
 * @param count how many bytes
 */
record ByteRange(long first, long count) {
  private static final Pattern ONE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

  /**
   * Reads a Range header. Several ranges, other units and what is no range are answered with the
   * whole, as RFC 9110 allows.
   *
   * @throws RegistryError when the range is beyond the end
   */
  static Optional<ByteRange> read(String header, long size) throws RegistryError {
    Matcher one = ONE.matcher(header.strip());
    if (!one.matches() || (one.group(1).isEmpty() && one.group(2).isEmpty())) {
      return Optional.empty();
    }
    if (one.group(1).isEmpty()) {
      long suffix = Math.min(Long.parseLong(one.group(2)), size);
      if (suffix == 0) {
        throw beyond(size);
      }
      return Optional.of(new ByteRange(size - suffix, suffix));
    }
    long first = Long.parseLong(one.group(1));
    long last = one.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(one.group(2));
    if (first >= size || last < first) {
      throw beyond(size);
    }
    return Optional.of(new ByteRange(first, Math.min(last, size - 1) - first + 1));
  }

  private static RegistryError beyond(long size) {
    return new RegistryError(ErrorCode.RANGE_INVALID, "the range is not one of " + size + " bytes");
  }

  String contentRange(long size) {
    return "bytes " + first + "-" + (first + count - 1) + "/" + size;
  }
}
