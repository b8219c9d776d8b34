package dev.ballast.images.run;

import dev.ballast.images.layer.RootPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Users and groups of a root file system. */
public record Users(List<String[]> passwd, List<String[]> group) {

  /** Reads {@code /etc/passwd} and {@code /etc/group} of a root. */
  public static Users read(Path root) throws IOException {
    return new Users(lines(root, "/etc/passwd"), lines(root, "/etc/group"));
  }

  private static List<String[]> lines(Path root, String name) throws IOException {
    Path file = RootPath.follow(root, name);
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    return Files.readString(file).lines().map(line -> line.split(":", -1)).toList();
  }

  /** An identity of a process. */
  public record Identity(int uid, int gid, List<Integer> groups, String home) {}

  /** Resolves {@code user}, {@code uid}, {@code user:group}. */
  public Identity resolve(String text) throws IOException {
    if (text.isEmpty()) {
      return resolve("0");
    }
    String[] parts = text.split(":", 2);
    Optional<String[]> entry =
        passwd.stream()
            .filter(
                line -> line.length > 5 && (line[0].equals(parts[0]) || line[2].equals(parts[0])))
            .findFirst();
    int uid;
    if (entry.isPresent()) {
      uid = Integer.parseInt(entry.get()[2]);
    } else if (parts[0].matches("\\d{1,9}")) {
      uid = Integer.parseInt(parts[0]);
    } else {
      throw new IOException(
          "unable to find user " + parts[0] + ": no matching entries in passwd file");
    }
    int gid =
        parts.length > 1
            ? groupId(parts[1])
            : entry.map(line -> Integer.parseInt(line[3])).orElse(0);
    List<Integer> groups = new ArrayList<>();
    groups.add(gid);
    if (parts.length == 1 && entry.isPresent()) {
      String name = entry.get()[0];
      for (String[] line : group) {
        if (line.length > 3 && List.of(line[3].split(",")).contains(name)) {
          groups.add(Integer.parseInt(line[2]));
        }
      }
    }
    String home = entry.map(line -> line[5]).orElse(uid == 0 ? "/root" : "/");
    return new Identity(uid, gid, groups, home);
  }

  /** Resolves the owner of {@code --chown}. */
  public int[] owner(String text) throws IOException {
    String[] parts = text.split(":", 2);
    Identity user = resolve(parts[0]);
    return new int[] {user.uid(), parts.length > 1 ? groupId(parts[1]) : user.gid()};
  }

  private int groupId(String name) throws IOException {
    for (String[] line : group) {
      if (line.length > 2 && line[0].equals(name)) {
        return Integer.parseInt(line[2]);
      }
    }
    if (name.matches("\\d{1,9}")) {
      return Integer.parseInt(name);
    }
    throw new IOException("unable to find group " + name + ": no matching entries in group file");
  }
}
