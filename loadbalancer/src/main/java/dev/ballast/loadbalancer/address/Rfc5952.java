package dev.ballast.loadbalancer.address;

/** The one text that RFC 5952 section 4 allows for an IPv6 address. */
final class Rfc5952 {
  private static final int GROUPS = 8;

  private Rfc5952() {}

  static String text(long high, long low) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      long half = i < 4 ? high : low;
      groups[i] = (int) ((half >> (48 - 16 * (i % 4))) & 0xffff);
    }
    int start = longestRunOfZeros(groups);
    int end = endOfZeros(groups, start);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start && end - start > 1) {
        text.append("::");
        i = end - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  /** Where the first of the longest runs starts; a run of one group is not shortened. */
  private static int longestRunOfZeros(int[] groups) {
    int best = 0;
    for (int i = 1; i < GROUPS; i++) {
      if (endOfZeros(groups, i) - i > endOfZeros(groups, best) - best) {
        best = i;
      }
    }
    return best;
  }

  private static int endOfZeros(int[] groups, int start) {
    int end = start;
    while (end < GROUPS && groups[end] == 0) {
      end++;
    }
    return end;
  }
}
