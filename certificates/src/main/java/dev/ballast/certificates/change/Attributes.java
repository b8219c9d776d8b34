package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Mode and owner of a file. */
record Attributes(int mode, int uid, int gid) {
  static Attributes read(Path path) throws IOException {
    var all = Files.readAttributes(path, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
    return new Attributes(
        number(all.get("mode")) & 07777, number(all.get("uid")), number(all.get("gid")));
  }

  private static int number(@Nullable Object value) {
    return value instanceof Integer number ? number : 0;
  }
}
