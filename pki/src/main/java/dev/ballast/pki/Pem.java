package dev.ballast.pki;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** PEM text (RFC 7468): several blocks a file, text around them, any line ends. */
public final class Pem {
  public static final String CERTIFICATE = "CERTIFICATE";
  public static final String CERTIFICATE_REQUEST = "CERTIFICATE REQUEST";
  public static final String PUBLIC_KEY = "PUBLIC KEY";

  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  private Pem() {}

  /** One block: its label and the bytes it carries, which may be a secret and are never printed. */
  public static final class Block {
    private final String label;
    private final byte[] der;
    private final int line;

    private Block(String label, byte[] der, int line) {
      this.label = label;
      this.der = der;
      this.line = line;
    }

    /** What stands after BEGIN. */
    public String label() {
      return label;
    }

    public byte[] der() {
      return der.clone();
    }

    /** The line of BEGIN, from 1. */
    public int line() {
      return line;
    }

    @Override
    public String toString() {
      return label + " at line " + line;
    }
  }

  /**
   * The blocks of a text, in order. Text before, between and after them is skipped.
   *
   * @param source what the text is, for messages: a file or a field
   * @throws PkiFailure when a block has no end or is not base64
   */
  public static List<Block> parse(byte[] text, String source) {
    return parse(new String(text, StandardCharsets.ISO_8859_1), source);
  }

  /** As {@link #parse(byte[], String)}. */
  public static List<Block> parse(String text, String source) {
    var blocks = new ArrayList<Block>();
    var body = new StringBuilder();
    String label = null;
    int begun = 0;
    int number = 0;
    for (String raw : (Iterable<String>) text.lines()::iterator) {
      number++;
      String line = raw.strip();
      if (line.startsWith(BEGIN) && line.endsWith(DASHES)) {
        if (label != null) {
          throw cut(source, label, begun);
        }
        label = line.substring(BEGIN.length(), line.length() - DASHES.length());
        begun = number;
        body.setLength(0);
      } else if (line.startsWith(END) && label != null) {
        if (!line.equals(END + label + DASHES)) {
          throw cut(source, label, begun);
        }
        blocks.add(new Block(label, decode(body, source, label, begun), begun));
        label = null;
      } else if (label != null && line.indexOf(':') < 0) {
        // A line with a colon is an RFC 1421 header, such as Proc-Type of an encrypted key.
        body.append(line);
      } else if (label != null && line.startsWith("Proc-Type:") && line.contains("ENCRYPTED")) {
        throw new PkiFailure(
            "%s: the %s at line %d is encrypted".formatted(source, label, begun),
            "decrypt it with openssl pkey, since the control plane cannot use it either");
      }
    }
    if (label != null) {
      throw cut(source, label, begun);
    }
    return List.copyOf(blocks);
  }

  private static byte[] decode(CharSequence body, String source, String label, int line) {
    try {
      return Base64.getDecoder().decode(body.toString().getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new PkiFailure(
          "%s: the %s at line %d is not base64".formatted(source, label, line),
          "bring the file back from a backup or from another node",
          e);
    }
  }

  private static PkiFailure cut(String source, String label, int line) {
    return new PkiFailure(
        "%s: the %s at line %d is cut off, its END line is missing".formatted(source, label, line),
        "bring the file back from a backup or from another node");
  }

  /**
   * One block with lines of 64 characters and a line feed at the end, as Go and openssl write it.
   */
  public static String encode(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return BEGIN + label + DASHES + "\n" + body + "\n" + END + label + DASHES + "\n";
  }
}
