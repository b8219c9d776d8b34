package dev.ballast.linux.netlink;

/** Bytes that are no netlink message: a length that lies, a field that is cut. */
public final class NetlinkFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NetlinkFormatException(String message) {
    super(message);
  }
}
