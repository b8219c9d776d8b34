package dev.ballast.objects;

/**
 * A place in a file.
 *
 * @param file the file's name in its directory
 * @param line from 1; 0 for the file as a whole
 * @param column from 1; 0 for the line as a whole
 */
public record Origin(String file, int line, int column) {
  @Override
  public String toString() {
    return file + (line == 0 ? "" : ":" + line + (column == 0 ? "" : ":" + column));
  }
}
