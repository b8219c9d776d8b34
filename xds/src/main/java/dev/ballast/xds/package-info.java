/**
 * Envoy's discovery protocol (xDS, aggregated): resources that are encoded once, the server's end
 * of a stream as pure state machines for the state-of-the-world and the delta variant, and the gRPC
 * server around them. Start reading at {@link dev.ballast.xds.ServerStream}.
 */
@NullMarked
package dev.ballast.xds;

import org.jspecify.annotations.NullMarked;
