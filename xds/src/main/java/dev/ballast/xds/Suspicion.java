package dev.ballast.xds;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out which resources of one type a client rejects. A rejection that names resources is
 * believed; one that names none is bisected: half of what was new is sent, then the other. What is
 * rejected is not sent again until its content changes. One stream at a time.
 */
final class Suspicion {
  private final Map<String, Rejection> rejected = new HashMap<>();
  private final Deque<List<String>> untried = new ArrayDeque<>();
  private Set<String> deferred = Set.of();

  /** Returns the rejection that keeps a resource back, if one does. */
  Optional<Rejection> of(EncodedResource resource) {
    Rejection known = rejected.get(resource.name());
    if (known == null) {
      return Optional.empty();
    }
    if (known.resource().sameContent(resource)) {
      return Optional.of(known);
    }
    rejected.remove(resource.name());
    return Optional.empty();
  }

  /** Whether a resource must not be sent now: it is rejected, or its half is tried later. */
  boolean holdsBack(EncodedResource resource) {
    return deferred.contains(resource.name()) || of(resource).isPresent();
  }

  /** Returns everything that is rejected. */
  List<Rejection> all() {
    return List.copyOf(rejected.values());
  }

  /** Whether some resources wait for the result of a trial. */
  boolean isSearching() {
    return !untried.isEmpty();
  }

  /** The client acknowledged: the next half, if any, is tried. */
  void acknowledged() {
    if (!untried.isEmpty()) {
      untried.pop();
      recount();
    }
  }

  /**
   * The client rejected a response.
   *
   * @param news what was in the response and the client had not acknowledged before
   * @return the resources that are found guilty now
   */
  List<Rejection> rejected(Collection<EncodedResource> news, String message) {
    List<EncodedResource> guilty = named(news, message);
    if (guilty.isEmpty() && news.size() == 1) {
      guilty = List.copyOf(news);
    }
    List<Rejection> found = new ArrayList<>();
    for (EncodedResource resource : guilty) {
      Rejection rejection = new Rejection(resource, message);
      rejected.put(resource.name(), rejection);
      found.add(rejection);
    }
    if (!found.isEmpty()) {
      if (!untried.isEmpty()) {
        untried.pop();
      }
    } else if (news.size() > 1) {
      List<String> names = news.stream().map(EncodedResource::name).toList();
      untried.push(names.subList(names.size() / 2, names.size()));
    }
    recount();
    return found;
  }

  private void recount() {
    Set<String> next = new HashSet<>();
    untried.forEach(next::addAll);
    deferred = next;
  }

  /** Finds the names in a message, the longest first: one may be a part of another. */
  static List<EncodedResource> named(Collection<EncodedResource> resources, String message) {
    List<EncodedResource> longestFirst = new ArrayList<>(resources);
    longestFirst.sort(Comparator.comparingInt(each -> -each.name().length()));
    Set<EncodedResource> found = new LinkedHashSet<>();
    StringBuilder rest = new StringBuilder(message);
    for (EncodedResource each : longestFirst) {
      int at = 0;
      while ((at = rest.indexOf(each.name(), at)) >= 0) {
        int end = at + each.name().length();
        if ((at == 0 || !isNamePart(rest.charAt(at - 1)))
            && (end == rest.length() || !isNamePart(rest.charAt(end)))) {
          found.add(each);
          rest.replace(at, end, " ".repeat(end - at));
        }
        at = end;
      }
    }
    return List.copyOf(found);
  }

  private static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '|' || c == '-';
  }
}
