package dev.ballast.mesh.envoy;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;

/** Small messages that many resources are made of. */
final class Pack {
  static final Duration ZERO = Duration.getDefaultInstance();

  /** Resources that come by the same stream, for which Envoy waits as long as it takes. */
  static final ConfigSource ADS =
      ConfigSource.newBuilder()
          .setAds(AggregatedConfigSource.getDefaultInstance())
          .setInitialFetchTimeout(ZERO)
          .setResourceApiVersion(ApiVersion.V3)
          .build();

  private Pack() {}

  static Any any(Message message) {
    return Any.pack(message);
  }

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  static UInt32Value uint(int value) {
    return UInt32Value.of(value);
  }

  static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  static Address address(String ip, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(ip).setPortValue(port))
        .build();
  }

  static Metadata istio(Struct struct) {
    return Metadata.newBuilder().putFilterMetadata("istio", struct).build();
  }

  static Metadata config(String path) {
    return istio(Struct.newBuilder().putFields("config", text(path)).build());
  }
}
