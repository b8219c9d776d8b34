package dev.ballast.oci.registry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/**
 * Users and bcrypt hashes of a file that {@code htpasswd -B} writes, read again when it changes.
 * Threads: any.
 */
public final class Htpasswd {
  private static final int LARGEST = 4 << 20;
  private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}");

  /** Right passwords are asked for with each request, and bcrypt is slow on purpose. */
  private static final int REMEMBERED = 1024;

  /** Somebody who is not there must not be told apart by time. */
  private static final String NOBODY =
      "$2y$05$......................" + "jTvYjlz.h9kL1Fw5F1H6Hk8m0fK1fKe";

  private final Path file;
  private final byte[] key = new byte[32];
  private final Set<String> right = ConcurrentHashMap.newKeySet();
  private volatile Content content;

  private record Content(Map<String, String> hashes, long modified, long size) {}

  private Htpasswd(Path file) throws IOException {
    this.file = file;
    new SecureRandom().nextBytes(key);
    this.content = read();
  }

  /**
   * Reads a file.
   *
   * @throws IOException when a line is none of {@code USER:BCRYPT}
   */
  public static Htpasswd of(Path file) throws IOException {
    return new Htpasswd(file);
  }

  private Content read() throws IOException {
    long modified = Files.getLastModifiedTime(file).toMillis();
    long size = Files.size(file);
    if (size > LARGEST) {
      throw new IOException(file + " is too large for a file of users");
    }
    Map<String, String> hashes = new HashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      String hash = line.substring(colon + 1).strip();
      if (colon <= 0 || !BCRYPT.matcher(hash).matches()) {
        throw new IOException(
            "%s line %d is not USER:BCRYPT; write the file with htpasswd -B"
                .formatted(file, number));
      }
      hashes.put(line.substring(0, colon), hash);
    }
    return new Content(Map.copyOf(hashes), modified, size);
  }

  private Content current() {
    Content now = content;
    try {
      if (Files.getLastModifiedTime(file).toMillis() != now.modified
          || Files.size(file) != now.size) {
        now = read();
        content = now;
        right.clear();
      }
    } catch (IOException e) {
      // It is being replaced, or has a line that is none: the last good one holds.
      System.getLogger(Htpasswd.class.getName())
          .log(System.Logger.Level.WARNING, "the users of before stay: {0}", e.getMessage());
    }
    return now;
  }

  /** Returns whether somebody is who they say. */
  boolean isRight(String user, String password) {
    String hash = current().hashes.getOrDefault(user, NOBODY);
    String seen = mac(user + "\0" + password + "\0" + hash);
    if (right.contains(seen)) {
      return true;
    }
    boolean is;
    try {
      is =
          OpenBSDBCrypt.checkPassword(hash, password.getBytes(StandardCharsets.UTF_8))
              && !hash.equals(NOBODY);
    } catch (RuntimeException e) {
      return false;
    }
    if (is) {
      if (right.size() >= REMEMBERED) {
        right.clear();
      }
      right.add(seen);
    }
    return is;
  }

  private String mac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
