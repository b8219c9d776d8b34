package dev.ballast.images.dockerfile;

import java.util.Collection;
import java.util.Locale;

/** Finds what somebody probably meant. */
final class Hints {
  private static final int FARTHEST = 3;

  private Hints() {}

  /** Returns {@code " (did you mean X?)"}, or nothing when no word is near. */
  static String near(String word, Collection<String> known) {
    String best = "";
    int distance = FARTHEST;
    for (String candidate : known) {
      int found = distance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (found < distance || (found == distance && candidate.compareTo(best) < 0)) {
        best = found < FARTHEST ? candidate : best;
        distance = found;
      }
    }
    return best.isEmpty() ? "" : " (did you mean " + best + "?)";
  }

  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
