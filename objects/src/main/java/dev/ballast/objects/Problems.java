package dev.ballast.objects;

import dev.ballast.objects.Problem.Severity;
import dev.ballast.yaml.Node;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong in one document, with places. */
final class Problems {
  private final String file;
  private final List<Problem> found = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void error(@Nullable Node at, String path, String message, String remedy) {
    found.add(new Problem(Severity.ERROR, origin(at), path, message, remedy));
  }

  void warning(Node at, String path, String message, String remedy) {
    found.add(new Problem(Severity.WARNING, origin(at), path, message, remedy));
  }

  Origin origin(@Nullable Node at) {
    return at == null
        ? new Origin(file, 0, 0)
        : new Origin(file, at.position().line(), at.position().column());
  }

  boolean hasErrors() {
    return found.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
  }

  List<Problem> found() {
    return List.copyOf(found);
  }
}
