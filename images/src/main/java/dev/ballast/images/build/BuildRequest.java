package dev.ballast.images.build;

import dev.ballast.images.Platform;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * All that a build depends on.
 *
 * @param contexts named contexts: {@code oci-layout://…}, {@code docker-image://…} or directories
 * @param secrets contents by id
 */
public record BuildRequest(
    Path context,
    Path dockerfile,
    List<Platform> platforms,
    Optional<String> target,
    Map<String, String> arguments,
    Map<String, String> labels,
    Map<String, String> contexts,
    Map<String, byte[]> secrets,
    Map<String, String> hosts,
    boolean noCache,
    boolean plainHttp,
    Optional<String> network,
    OptionalLong epoch) {
  public BuildRequest {
    platforms = List.copyOf(platforms);
    arguments = Map.copyOf(arguments);
    labels = Map.copyOf(labels);
    contexts = Map.copyOf(contexts);
  }
}
