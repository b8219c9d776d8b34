package dev.ballast.linux.netlink;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import java.util.List;

/**
 * The kernel's answer to a request: done, or an error with, sometimes, a sentence.
 *
 * @param error 0 or a positive errno
 */
record Acknowledgement(int error, String text) {
  private static final int EXTENDED_TEXT = 1;

  static Acknowledgement decode(Message message) {
    int error = -message.fixed(Integer.BYTES).getInt();
    if (error < 0) {
      throw new NetlinkFormatException("an acknowledgement with error " + error);
    }
    return new Acknowledgement(error, text(message));
  }

  private static String text(Message message) {
    if ((message.flags() & Message.F_ACK_TLVS) == 0) {
      return "";
    }
    int after = Integer.BYTES;
    if (message.type() == Message.ERROR) {
      // The request's header follows, and unless it was capped, the whole request.
      int request = message.fixed(2 * Integer.BYTES).getInt(Integer.BYTES);
      boolean capped = (message.flags() & Message.F_CAPPED) != 0;
      after += capped ? Message.HEADER : Math.max(Message.HEADER, request);
    }
    return message.attributes(after).text(EXTENDED_TEXT).orElse("");
  }

  void check(String request, Object... about) {
    if (error != 0) {
      throw new LinuxException(request, Errno.of(error), List.of(about), text);
    }
  }
}
