package dev.ballast.bench.tasks;

/** Whose tasks are measured. */
enum Side {
  BALLAST("Ballast"),
  JDK("JDK"),
  GO("Go");

  private final String title;

  Side(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
