package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What the documents promise about the tree, checked against the tree. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RepositoryTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");
  private static final int README_LINES = 60;

  @Test
  void every_module_has_a_readme_of_a_page() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path module : modules()) {
      Path readme = module.resolve("README.md");
      if (!Files.isRegularFile(readme)) {
        wrong.add(module.getFileName() + " has no README.md");
      } else if (Files.readAllLines(readme).size() > README_LINES) {
        wrong.add(readme + " is longer than a page");
      }
    }

    assertThat(wrong).isEmpty();
  }

  @Test
  void every_link_in_a_document_leads_somewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      Matcher link = LINK.matcher(Files.readString(document));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
          broken.add(ROOT.relativize(document) + " -> " + target);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void every_decision_is_in_the_index() throws IOException {
    Path decisions = ROOT.resolve("docs/decisions");
    String index = Files.readString(decisions.resolve("README.md"));
    try (Stream<Path> files = Files.list(decisions)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> !name.equals("README.md"))
          .allSatisfy(name -> assertThat(index).contains("(" + name + ")"));
    }
  }

  private static List<Path> modules() throws IOException {
    try (Stream<Path> entries = Files.list(ROOT)) {
      return entries.filter(entry -> Files.isRegularFile(entry.resolve("pom.xml"))).toList();
    }
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> files =
        Files.find(
            ROOT,
            6,
            (path, attributes) ->
                attributes.isRegularFile()
                    && path.toString().endsWith(".md")
                    && !ROOT.relativize(path).toString().matches("(.*/)?(target|\\.git)/.*"))) {
      return files.toList();
    }
  }
}
