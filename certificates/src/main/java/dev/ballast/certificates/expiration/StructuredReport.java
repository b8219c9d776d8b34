package dev.ballast.certificates.expiration;

import dev.ballast.certificates.expiration.ExpirationReport.Entry;
import dev.ballast.certificates.expiration.ExpirationReport.Expiry;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report as {@code CertificateExpirationInfo} of output.kubeadm.k8s.io/v1alpha3. */
public final class StructuredReport {
  private StructuredReport() {}

  public static Map<String, Object> of(ExpirationReport report, Instant now) {
    var info = new LinkedHashMap<String, Object>();
    info.put("kind", "CertificateExpirationInfo");
    info.put("apiVersion", "output.kubeadm.k8s.io/v1alpha3");
    info.put("certificates", entries(report.certificates(), now));
    info.put("certificateAuthorities", entries(report.authorities(), now));
    return info;
  }

  private static List<Map<String, @Nullable Object>> entries(List<Entry> entries, Instant now) {
    var list = new ArrayList<Map<String, @Nullable Object>>();
    for (Entry entry : entries) {
      list.add(entry(entry, now));
    }
    return list;
  }

  private static Map<String, @Nullable Object> entry(Entry entry, Instant now) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("name", entry.label());
    switch (entry.expiry()) {
      case Expiry.Known known -> {
        fields.put("expirationDate", known.notAfter().truncatedTo(ChronoUnit.SECONDS).toString());
        fields.put("residualTime", ResidualTime.seconds(known.notAfter(), now));
        fields.put("externallyManaged", known.external());
        if (!entry.authority().isEmpty()) {
          fields.put("caName", entry.authority());
        }
        fields.put("missing", false);
      }
      case Expiry.Missing _ -> unknown(fields, true);
      // The schema has no word for a broken file: no date, and not missing.
      case Expiry.Broken _ -> unknown(fields, false);
    }
    return fields;
  }

  private static void unknown(Map<String, @Nullable Object> fields, boolean missing) {
    fields.put("expirationDate", null);
    fields.put("residualTime", 0);
    fields.put("externallyManaged", false);
    fields.put("missing", missing);
  }
}
