package dev.ballast.images.build;

/** What a build tells while it runs. Called by several tasks at once. */
public interface Progress {
  /** A step begins; returns its number for the other calls. */
  int begin(String name);

  /** A line that a step printed. */
  void log(int step, String line);

  /** A step's result was there already. */
  void cached(int step);

  /** A step is done. */
  void done(int step);

  /** A step failed. */
  void failed(int step, String message);

  /** Something the user should know. */
  void warn(String message);
}
