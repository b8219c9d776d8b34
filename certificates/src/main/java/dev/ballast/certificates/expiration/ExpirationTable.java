package dev.ballast.certificates.expiration;

import dev.ballast.certificates.Release;
import dev.ballast.certificates.expiration.ExpirationReport.Entry;
import dev.ballast.certificates.expiration.ExpirationReport.Expiry;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The two tables of {@code certs check-expiration}, byte for byte as kubeadm prints them. */
public final class ExpirationTable {
  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  /**
   * Go's layout {@code Jan 02, 2006 15:04 MST} of a time in UTC. The months are given: to load them
   * for a locale takes longer than to read all certificates.
   */
  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .appendText(
              ChronoField.MONTH_OF_YEAR,
              IntStream.range(0, MONTHS.size())
                  .boxed()
                  .collect(Collectors.toMap(i -> i + 1L, MONTHS::get)))
          .appendPattern(" dd, uuuu HH:mm 'UTC'")
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final int MINIMUM_WIDTH = 10;
  private static final int PADDING = 3;

  private ExpirationTable() {}

  public static String text(ExpirationReport report, Instant now, Release release) {
    var text = new StringBuilder();
    text.append("CERTIFICATE\tEXPIRES\tRESIDUAL TIME\tCERTIFICATE AUTHORITY\tEXTERNALLY MANAGED\n");
    for (Entry entry : report.certificates()) {
      boolean blank = entry.kubeconfig() && !release.namesAuthorityOfKubeconfigs();
      row(text, entry, now, release, List.of(blank ? "" : entry.authority()));
    }
    text.append("\nCERTIFICATE AUTHORITY\tEXPIRES\tRESIDUAL TIME\tEXTERNALLY MANAGED\n");
    for (Entry entry : report.authorities()) {
      row(text, entry, now, release, List.of());
    }
    return TabbedText.align(MINIMUM_WIDTH, PADDING, text.toString());
  }

  private static void row(
      StringBuilder text, Entry entry, Instant now, Release release, List<String> authority) {
    switch (entry.expiry()) {
      case Expiry.Missing _ -> mark(text, "!MISSING! ", entry, authority);
      case Expiry.Broken _ -> mark(text, "!BROKEN! ", entry, authority);
      case Expiry.Known known -> {
        long left = ResidualTime.seconds(known.notAfter(), now);
        text.append(entry.label())
            .append('\t')
            .append(DATE.format(known.notAfter()))
            .append('\t')
            .append(
                release.printsFineDurations() ? ResidualTime.fine(left) : ResidualTime.coarse(left))
            .append('\t');
        authority.forEach(label -> text.append(label).append('\t'));
        // Kubeadm pads the word to eight columns itself.
        text.append(known.external() ? "yes     " : "no      ").append('\n');
      }
    }
  }

  private static void mark(StringBuilder text, String mark, Entry entry, List<String> authority) {
    text.append(mark).append(entry.label()).repeat('\t', 3 + authority.size()).append('\n');
  }
}
