package dev.ballast.certificates.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.live.Freshness;
import dev.ballast.certificates.live.Observation;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The report for programs, as JSON or YAML: {@code apiVersion: certificates.ballast.dev/v1}, kind
 * {@code CertificateReport}, or {@code CertificateReportList} with {@code items} for a fleet.
 */
public final class DataReport {
  private static final String API = "certificates.ballast.dev/v1";

  private DataReport() {}

  public static String json(Report report) {
    return write(jsonMapper(), data(report)) + "\n";
  }

  public static String yaml(Report report) {
    return write(yamlMapper(), data(report));
  }

  public static String json(List<Report> fleet) {
    return write(jsonMapper(), data(fleet)) + "\n";
  }

  public static String yaml(List<Report> fleet) {
    return write(yamlMapper(), data(fleet));
  }

  private static ObjectMapper jsonMapper() {
    var indent = new DefaultIndenter("    ", "\n");
    var printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(indent);
    printer.indentArraysWith(indent);
    return JsonMapper.builder().build().setDefaultPrettyPrinter(printer);
  }

  private static ObjectMapper yamlMapper() {
    return YAMLMapper.builder()
        .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
        .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
        .build();
  }

  private static String write(ObjectMapper mapper, Object data) {
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(data);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps of text can always be written", e);
    }
  }

  private static Map<String, Object> data(List<Report> fleet) {
    var data = new LinkedHashMap<String, Object>();
    data.put("kind", "CertificateReportList");
    data.put("apiVersion", API);
    data.put("items", fleet.stream().map(DataReport::data).toList());
    return data;
  }

  private static Map<String, Object> data(Report report) {
    var data = new LinkedHashMap<String, Object>();
    data.put("kind", "CertificateReport");
    data.put("apiVersion", API);
    data.put("node", report.node());
    data.put("time", report.taken().toString());
    data.put("status", word(report.worst()));
    data.put("certificates", report.entries().stream().map(DataReport::entry).toList());
    data.put("ports", report.ports().stream().map(DataReport::port).toList());
    data.put("findings", report.general().stream().map(DataReport::finding).toList());
    return data;
  }

  private static Map<String, Object> entry(Report.Entry entry) {
    var item = entry.item();
    var data = new LinkedHashMap<String, Object>();
    data.put("name", item.name());
    data.put("path", item.found().file().toString());
    data.put("status", word(entry.level()));
    if (item.found() instanceof Found.Present present) {
      certificate(data, present.first());
    }
    item.signer().ifPresent(authority -> data.put("caName", authority.label()));
    data.put("findings", entry.findings().stream().map(DataReport::finding).toList());
    return data;
  }

  private static void certificate(Map<String, Object> data, X509Certificate certificate) {
    data.put("subject", certificate.getSubjectX500Principal().getName());
    data.put("issuer", certificate.getIssuerX500Principal().getName());
    data.put("serial", PortFindings.serial(certificate));
    data.put("notBefore", certificate.getNotBefore().toInstant().toString());
    data.put("expirationDate", certificate.getNotAfter().toInstant().toString());
  }

  private static Map<String, Object> port(Report.PortEntry entry) {
    var port = entry.port();
    var data = new LinkedHashMap<String, Object>();
    data.put("port", port.endpoint().address().getPort());
    data.put("component", port.endpoint().component());
    data.put("status", word(entry.level()));
    switch (port.freshness()) {
      case Freshness.Current f -> certificate(data, f.served());
      case Freshness.Stale f -> certificate(data, f.served());
      case Freshness.Foreign f -> certificate(data, f.served());
      case Freshness.Unfiled f -> certificate(data, f.served());
      case Freshness.Unseen f -> data.put("closed", f.observation() instanceof Observation.Closed);
    }
    port.listener()
        .ifPresent(listener -> {
          data.put("pid", listener.pid());
          data.put("process", listener.name());
        });
    data.put("findings", entry.findings().stream().map(DataReport::finding).toList());
    return data;
  }

  private static Map<String, Object> finding(Finding finding) {
    var data = new LinkedHashMap<String, Object>();
    data.put("level", word(finding.level()));
    data.put("id", finding.id());
    data.put("text", finding.text());
    data.put("remedy", finding.remedy());
    return data;
  }

  private static String word(Finding.Level level) {
    return level.name().toLowerCase(Locale.ROOT);
  }
}
