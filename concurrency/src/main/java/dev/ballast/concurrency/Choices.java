package dev.ballast.concurrency;

import java.util.Arrays;
import java.util.Random;
import java.util.StringJoiner;

/** Which of the ready tasks ran, each time that there were several: recorded, and repeated. */
final class Choices {
  /** So many are recorded; then a run is too long to be repeated by them. */
  static final int MOST = 1 << 20;

  private final int[] replay;
  private volatile int[] made = new int[64];
  private volatile int count;

  private Choices(int[] replay) {
    this.replay = replay;
  }

  /**
   * Repeats what {@link #toString} gave, and goes on by the seed.
   *
   * @throws IllegalArgumentException if the text is not one of those
   */
  static Choices replaying(String text) {
    if (text.isEmpty()) {
      return new Choices(new int[0]);
    }
    String[] words = text.split(",", -1);
    int[] replay = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      try {
        replay[i] = Integer.parseUnsignedInt(words[i].strip());
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "choices are numbers with commas between, not \"%s\" at place %d"
                .formatted(words[i], i + 1),
            e);
      }
    }
    return new Choices(replay);
  }

  /** By one thread at a time. */
  int next(int options, Random random) {
    int chosen = random.nextInt(options);
    if (count < replay.length) {
      chosen = replay[count];
      if (chosen >= options) {
        throw new IllegalStateException(
            "choice %d of the recorded schedule is task %d of %d: it was recorded of another program"
                .formatted(count + 1, chosen + 1, options));
      }
    }
    int at = count;
    if (at < MOST) {
      if (at == made.length) {
        made = Arrays.copyOf(made, 2 * at);
      }
      made[at] = chosen;
      count = at + 1;
    }
    return chosen;
  }

  int made() {
    return count;
  }

  /** Numbers with commas between. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(",");
    int[] all = made;
    for (int i = 0; i < count; i++) {
      text.add(Integer.toString(all[i]));
    }
    return text.toString();
  }
}
