package dev.ballast.xds;

import com.google.protobuf.StringValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resources, requests and answers of the tests. */
final class Given {
  private Given() {}

  static EncodedResource cluster(String name, String content) {
    return EncodedResource.of(ResourceType.CLUSTER, name, StringValue.of(content));
  }

  static EncodedResource resource(ResourceType type, String name, String content) {
    return EncodedResource.of(type, name, StringValue.of(content));
  }

  static ResourceSet clusters(String... namesAndContents) {
    List<EncodedResource> all = new ArrayList<>();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      all.add(cluster(namesAndContents[i], namesAndContents[i + 1]));
    }
    return ResourceSet.of(all);
  }

  static Request first(ResourceType type, String... names) {
    return Request.stateOfTheWorld(type, List.of(names), "", Optional.empty());
  }

  static Request acknowledge(Response response, String... names) {
    return Request.stateOfTheWorld(
        response.type(), List.of(names), response.nonce(), Optional.empty());
  }

  static Request reject(Response response, String message, String... names) {
    return Request.stateOfTheWorld(
        response.type(), List.of(names), response.nonce(), Optional.of(message));
  }

  static Request deltaFirst(ResourceType type, Map<String, String> versions, String... names) {
    return new Request(type, List.of(names), List.of(), versions, "", Optional.empty());
  }

  static List<String> names(Response response) {
    return response.resources().stream().map(EncodedResource::name).toList();
  }
}
