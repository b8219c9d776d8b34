package dev.ballast.images.dockerfile;

import java.util.List;

/**
 * One instruction as written, continuation lines joined.
 *
 * @param keyword in capitals
 * @param written the keyword as written
 * @param flags as {@code --from=base}
 * @param rest what follows the flags
 * @param first its first line, counted from 1
 * @param last its last line, here-documents included
 */
public record Line(
    String keyword,
    String written,
    List<String> flags,
    String rest,
    List<Heredoc> heredocs,
    int first,
    int last) {
  public Line {
    flags = List.copyOf(flags);
    heredocs = List.copyOf(heredocs);
  }
}
