package dev.ballast.oci.registry;

import dev.ballast.oci.http.Request;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A part of a sorted list, as {@code n} and {@code last} of a request ask for it. */
record Page(List<String> entries, Optional<String> next) {
  private static final int LARGEST = 10_000;

  static Page of(Request request, List<String> sorted) throws RegistryError {
    int count = count(request);
    String last = request.parameter("last").orElse("");
    int from = 0;
    while (from < sorted.size() && !last.isEmpty() && sorted.get(from).compareTo(last) <= 0) {
      from++;
    }
    int to = (int) Math.min(sorted.size(), (long) from + count);
    List<String> entries = sorted.subList(from, to);
    boolean more = to < sorted.size() && !entries.isEmpty();
    return new Page(
        entries,
        more
            ? Optional.of(
                "<"
                    + request.path()
                    + "?n="
                    + count
                    + "&last="
                    + URLEncoder.encode(entries.getLast(), StandardCharsets.UTF_8)
                    + ">; rel=\"next\"")
            : Optional.empty());
  }

  private static int count(Request request) throws RegistryError {
    Optional<String> n = request.parameter("n");
    if (n.isEmpty()) {
      return LARGEST;
    }
    if (!n.get().matches("[0-9]{1,9}")) {
      throw new RegistryError(ErrorCode.PAGINATION_NUMBER_INVALID, "n is not a number of entries");
    }
    return Math.min(LARGEST, Integer.parseInt(n.get()));
  }
}
