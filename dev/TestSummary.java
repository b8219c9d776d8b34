import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads the test reports that are newer than a file, prints each failure and each skip with its
 * reason, and last the counts. Exits 1 when a test failed or none ran.
 *
 * <p>Usage: {@code java TestSummary.java NEWER-THAN}.
 */
final class TestSummary {
  private int passed;
  private final List<String> failed = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    FileTime begun = Files.getLastModifiedTime(Path.of(arguments[0]));
    TestSummary summary = new TestSummary();
    for (Path report : reports(begun)) {
      summary.read(report);
    }
    System.out.println();
    summary.failed.forEach(line -> System.out.println("failed: " + line));
    summary.skipped.forEach(line -> System.out.println("skipped: " + line));
    System.out.printf(
        "%d passed, %d failed, %d skipped%n",
        summary.passed, summary.failed.size(), summary.skipped.size());
    System.exit(summary.failed.isEmpty() && summary.passed > 0 ? 0 : 1);
  }

  private static List<Path> reports(FileTime begun) throws IOException {
    try (Stream<Path> files =
        Files.find(
            Path.of("."),
            5,
            (path, attributes) ->
                path.toString().matches("\\./[^/]+/target/(surefire|failsafe)-reports/TEST-.*\\.xml")
                    && attributes.lastModifiedTime().compareTo(begun) >= 0)) {
      return files.sorted().toList();
    }
  }

  private void read(Path report) throws Exception {
    NodeList cases =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(report.toFile())
            .getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      String name = test.getAttribute("classname") + "." + test.getAttribute("name");
      if (has(test, "failure") || has(test, "error")) {
        failed.add(name + ": " + reason(test, has(test, "failure") ? "failure" : "error"));
      } else if (has(test, "skipped")) {
        skipped.add(name + ": " + reason(test, "skipped"));
      } else {
        passed++;
      }
    }
  }

  private static boolean has(Element test, String outcome) {
    return test.getElementsByTagName(outcome).getLength() > 0;
  }

  private static String reason(Element test, String outcome) {
    Element element = (Element) test.getElementsByTagName(outcome).item(0);
    String message = element.getAttribute("message");
    String text = message.isBlank() ? element.getTextContent() : message;
    return text.isBlank() ? "no reason given" : text.strip().lines().findFirst().orElse("");
  }
}
