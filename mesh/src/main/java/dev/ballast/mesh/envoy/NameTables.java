package dev.ballast.mesh.envoy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.ballast.mesh.model.Addresses;
import dev.ballast.mesh.model.MeshEndpoint;
import dev.ballast.mesh.model.MeshService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The names that an agent beside a proxy answers, as Istio's message NameTable. */
public final class NameTables {
  private static final int TABLE = 1;
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int IPS = 1;
  private static final int REGISTRY = 2;
  private static final int SHORT_NAME = 3;
  private static final int NAMESPACE = 4;

  private NameTables() {}

  /** What is known of one name. */
  public record Entry(List<String> ips, String registry, String shortName, String namespace) {
    public Entry {
      ips = List.copyOf(ips);
    }
  }

  /** Returns what each name stands for. */
  public static Map<String, Entry> of(List<MeshService> services, boolean resolvesNames) {
    Map<String, Entry> table = new TreeMap<>();
    for (MeshService service : services) {
      List<String> ips = new ArrayList<>();
      if (service.headless()) {
        service.endpoints().stream()
            .filter(MeshEndpoint::isIp)
            .forEach(each -> ips.add(each.address()));
      } else {
        service.addressesFor(resolvesNames).stream()
            .filter(each -> !Addresses.isRange(each))
            .forEach(ips::add);
      }
      if (ips.isEmpty()) {
        continue;
      }
      table.put(
          service.host(),
          service.isKubernetes()
              ? new Entry(ips, "Kubernetes", service.name(), service.namespace())
              : new Entry(ips, "External", "", ""));
    }
    return table;
  }

  static ByteString encode(Map<String, Entry> table) {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (var each : table.entrySet()) {
        byte[] info = info(each.getValue());
        ByteString.Output entry = ByteString.newOutput();
        CodedOutputStream inner = CodedOutputStream.newInstance(entry);
        inner.writeString(KEY, each.getKey());
        inner.writeByteArray(VALUE, info);
        inner.flush();
        out.writeBytes(TABLE, entry.toByteString());
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail.
    }
    return bytes.toByteString();
  }

  private static byte[] info(Entry entry) throws IOException {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (String ip : entry.ips()) {
      out.writeString(IPS, ip);
    }
    out.writeString(REGISTRY, entry.registry());
    if (!entry.shortName().isEmpty()) {
      out.writeString(SHORT_NAME, entry.shortName());
      out.writeString(NAMESPACE, entry.namespace());
    }
    out.flush();
    return bytes.toByteString().toByteArray();
  }
}
