package dev.ballast.objects;

import dev.ballast.objects.Problem.Severity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.Node;

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
    Mark mark = at == null ? null : at.getStartMark();
    return mark == null
        ? new Origin(file, 0, 0)
        : new Origin(file, mark.getLine() + 1, mark.getColumn() + 1);
  }

  boolean hasErrors() {
    return found.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
  }

  List<Problem> found() {
    return List.copyOf(found);
  }
}
