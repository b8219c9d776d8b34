package dev.ballast.xds;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;

/**
 * The two methods of Envoy's aggregated discovery service, declared by hand: responses are made of
 * pieces that are encoded already.
 */
final class AdsMethods {
  private static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

  static final MethodDescriptor<DiscoveryRequest, Response> STATE_OF_THE_WORLD =
      method("StreamAggregatedResources", DiscoveryRequest.parser(), AdsMethods::stateOfTheWorld);

  static final MethodDescriptor<DeltaDiscoveryRequest, Response> DELTA =
      method("DeltaAggregatedResources", DeltaDiscoveryRequest.parser(), AdsMethods::delta);

  private AdsMethods() {}

  static String service() {
    return SERVICE;
  }

  private interface Encoder {
    WireMessage encode(Response response);
  }

  private static <T extends MessageLite> MethodDescriptor<T, Response> method(
      String name, Parser<T> parser, Encoder encoder) {
    return MethodDescriptor.<T, Response>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(
            new MethodDescriptor.Marshaller<>() {
              @Override
              public InputStream stream(T value) {
                throw new UnsupportedOperationException("a server sends no requests");
              }

              @Override
              public T parse(InputStream stream) {
                try {
                  return parser.parseFrom(stream);
                } catch (IOException e) {
                  throw Status.INVALID_ARGUMENT
                      .withDescription("the request is no discovery request: " + e.getMessage())
                      .withCause(e)
                      .asRuntimeException();
                }
              }
            })
        .setResponseMarshaller(
            new MethodDescriptor.Marshaller<>() {
              @Override
              public InputStream stream(Response value) {
                return encoder.encode(value);
              }

              @Override
              public Response parse(InputStream stream) {
                throw new UnsupportedOperationException("a server reads no responses");
              }
            })
        .build();
  }

  private static WireMessage stateOfTheWorld(Response response) {
    WireMessage message = new WireMessage();
    message.add(
        EncodedResource.encode(out -> {
          out.writeString(1, response.version());
          out.writeString(4, response.type().url());
          out.writeString(5, response.nonce());
        }));
    response.resources().forEach(each -> message.add(each.stateOfTheWorldField()));
    return message;
  }

  private static WireMessage delta(Response response) {
    WireMessage message = new WireMessage();
    message.add(
        EncodedResource.encode((CodedOutputStream out) -> {
          out.writeString(1, response.version());
          out.writeString(4, response.type().url());
          out.writeString(5, response.nonce());
          for (String name : response.removed()) {
            out.writeString(6, name);
          }
        }));
    response.resources().forEach(each -> message.add(each.deltaField()));
    return message;
  }
}
