package dev.ballast.xds;

import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** A gRPC server of the aggregated discovery service. */
public final class XdsServer implements AutoCloseable {
  /** A request names resources; 4 MiB hold more than any proxy has. */
  private static final int LARGEST_REQUEST = 4 << 20;

  private static final int LARGEST_HEADERS = 64 << 10;
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
  private static final Duration STOP = Duration.ofSeconds(3);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private final Server server;

  private XdsServer(Server server) {
    this.server = server;
  }

  /**
   * Keys of a server that speaks TLS.
   *
   * @param clients the CAs of client certificates, which are asked for and may be missing
   */
  public record Tls(Path certificateChain, Path key, Path clients) {}

  /** Serves without TLS; only on an address of the loopback interface. */
  public static XdsServer plaintext(
      InetSocketAddress address,
      StreamOwner owner,
      List<BindableService> more,
      ThreadFactory threads)
      throws IOException {
    if (!address.getAddress().isLoopbackAddress()) {
      throw new IOException(
          "%s is not a loopback address: without TLS the configuration is served on loopback only"
              .formatted(address.getAddress().getHostAddress()));
    }
    return start(NettyServerBuilder.forAddress(address), owner, more, threads);
  }

  /** Serves with TLS. */
  public static XdsServer tls(
      InetSocketAddress address,
      Tls keys,
      StreamOwner owner,
      List<BindableService> more,
      ThreadFactory threads)
      throws IOException {
    try {
      return start(
          NettyServerBuilder.forAddress(address)
              .sslContext(
                  GrpcSslContexts.forServer(keys.certificateChain().toFile(), keys.key().toFile())
                      .trustManager(keys.clients().toFile())
                      .clientAuth(ClientAuth.OPTIONAL)
                      .build()),
          owner,
          more,
          threads);
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException(
          "cannot use %s with %s: %s"
              .formatted(keys.certificateChain(), keys.key(), e.getMessage()),
          e);
    }
  }

  private static XdsServer start(
      NettyServerBuilder builder,
      StreamOwner owner,
      List<BindableService> more,
      ThreadFactory threads)
      throws IOException {
    builder
        .executor(task -> threads.newThread(task).start())
        .maxInboundMessageSize(LARGEST_REQUEST)
        .maxInboundMetadataSize(LARGEST_HEADERS)
        .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
        .permitKeepAliveTime(1, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .addService(
            ServerServiceDefinition.builder(AdsMethods.service())
                .addMethod(AdsMethods.STATE_OF_THE_WORLD, handler(owner, false, AdsStream::receive))
                .addMethod(AdsMethods.DELTA, handler(owner, true, AdsStream::receive))
                .build());
    more.forEach(builder::addService);
    return new XdsServer(builder.build().start());
  }

  private static <T> ServerCallHandler<T, Response> handler(
      StreamOwner owner, boolean delta, BiConsumer<AdsStream, T> receive) {
    return (call, headers) -> {
      AdsStream stream =
          new AdsStream(
              call,
              delta ? ServerStream.delta() : ServerStream.stateOfTheWorld(),
              delta,
              owner,
              peer(call, headers));
      call.sendHeaders(new Metadata());
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(T message) {
          receive.accept(stream, message);
          call.request(1);
        }

        @Override
        public void onReady() {
          stream.ready();
        }

        @Override
        public void onHalfClose() {
          stream.close("the client ended the stream");
        }

        @Override
        public void onCancel() {
          stream.gone();
        }

        @Override
        public void onComplete() {
          stream.gone();
        }
      };
    };
  }

  private static Peer peer(ServerCall<?, ?> call, Metadata headers) {
    List<X509Certificate> certificates = new ArrayList<>();
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session != null) {
      try {
        for (Certificate certificate : session.getPeerCertificates()) {
          if (certificate instanceof X509Certificate x509) {
            certificates.add(x509);
          }
        }
      } catch (SSLPeerUnverifiedException _) {
        // It showed none; a token may do.
      }
    }
    String authorization = headers.get(AUTHORIZATION);
    Optional<String> bearer =
        authorization != null && authorization.startsWith(BEARER)
            ? Optional.of(authorization.substring(BEARER.length()))
            : Optional.empty();
    SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return new Peer(
        address == null ? InetSocketAddress.createUnresolved("unknown", 0) : address,
        certificates,
        bearer);
  }

  /** Returns the port that is served. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(STOP.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
