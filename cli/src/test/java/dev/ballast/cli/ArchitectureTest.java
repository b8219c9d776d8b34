package dev.ballast.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.Timer;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The floors of the house, held by the one module that sees all of them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ArchitectureTest {
  /** From the ground up; modules of one floor do not know each other. */
  private static final List<Set<String>> FLOORS =
      List.of(
          Set.of("linux", "queues"),
          Set.of("concurrency"),
          Set.of("lab"),
          Set.of("yaml"),
          Set.of("pki"),
          Set.of("objects", "oci"),
          Set.of("roles"),
          Set.of("xds"),
          Set.of("certificates", "loadbalancer", "mesh", "images"),
          Set.of("bootstrap"),
          Set.of("cli"));

  private static JavaClasses ballast;

  @BeforeAll
  static void read_the_classes() {
    ballast =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            // Test code, although it lies where main code does.
            .withImportOption(location -> !location.contains("/testkit/"))
            .withImportOption(location -> !location.contains("ballast-testkit"))
            .importPackages("dev.ballast");
  }

  @Test
  void every_module_has_its_floor() {
    Set<String> found = ballast.stream().map(ArchitectureTest::module).collect(Collectors.toSet());

    assertThat(found).isEqualTo(FLOORS.stream().flatMap(Set::stream).collect(Collectors.toSet()));
  }

  @Test
  void a_module_uses_only_modules_below_it() {
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      for (String module : FLOORS.get(floor)) {
        Set<String> forbidden = new TreeSet<>();
        FLOORS.subList(floor, FLOORS.size()).forEach(forbidden::addAll);
        forbidden.remove(module);
        if (!forbidden.isEmpty()) {
          noClasses()
              .that()
              .resideInAPackage(packages(module))
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(
                  forbidden.stream().map(ArchitectureTest::packages).toArray(String[]::new))
              .allowEmptyShould(true)
              .check(ballast);
        }
      }
    }
  }

  @Test
  void only_tests_use_the_testkit() {
    noClasses().should().dependOnClassesThat().resideInAPackage("..testkit..").check(ballast);
  }

  @Test
  void modules_are_free_of_cycles() {
    slices().matching("dev.ballast.(*)..").should().beFreeOfCycles().check(ballast);
  }

  @Test
  void only_linux_and_three_classes_of_concurrency_make_foreign_calls() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..ballast.linux..")
        .and()
        .haveNameNotMatching("dev\\.ballast\\.concurrency\\.(Jni|Jvmti|ThreadStarts)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.lang.foreign..")
        .check(ballast);
  }

  @Test
  void only_concurrency_makes_threads_and_executors() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..ballast.concurrency..")
        .should()
        .callCodeUnitWhere(
            DescribedPredicate.describe(
                "it makes threads that are no shutdown hooks", ArchitectureTest::makesThreads))
        .check(ballast);
  }

  private static boolean makesThreads(JavaCall<?> call) {
    JavaClass type = call.getTargetOwner();
    return switch (call.getName()) {
      case "<init>" ->
          type.isAssignableTo(Timer.class)
              || type.isAssignableTo(ExecutorService.class)
              || (type.isAssignableTo(Thread.class) && !addsShutdownHooks(call.getOriginOwner()));
      case "ofVirtual", "ofPlatform", "startVirtualThread" -> type.isEquivalentTo(Thread.class);
      case "parallelStream", "parallel" -> type.getPackageName().startsWith("java.util");
      default ->
          type.isEquivalentTo(Executors.class)
              || (type.isEquivalentTo(CompletableFuture.class)
                  && call.getName().endsWith("Async")
                  && call.getTarget().getRawParameterTypes().stream()
                      .noneMatch(parameter -> parameter.isEquivalentTo(Executor.class)));
    };
  }

  /** The JVM takes no task for one. */
  private static boolean addsShutdownHooks(JavaClass type) {
    return type.getMethodCallsFromSelf().stream()
        .anyMatch(call -> call.getName().equals("addShutdownHook"));
  }

  @Test
  void only_the_command_parses_command_lines() {
    onlyIn("..ballast.cli..", "picocli..").check(ballast);
  }

  @Test
  void only_the_command_ends_the_process_or_prints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..ballast.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .check(ballast);
  }

  @Test
  void linux_queues_and_concurrency_depend_on_the_jdk_alone() {
    noClasses()
        .that()
        .resideInAnyPackage("..ballast.linux..", "dev.ballast.queues", "..ballast.concurrency..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages("java..", "jdk..", "javax..", "dev.ballast..", "org.jspecify..")
        .check(ballast);
  }

  @Test
  void names_say_what_a_thing_is() {
    classes()
        .that()
        .areTopLevelClasses()
        .should()
        .haveNameNotMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl)$")
        .check(ballast);
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..impl..", "..helper..", "..manager..")
        .check(ballast);
  }

  @Test
  void every_package_says_what_it_is_for() {
    Set<String> described =
        ballast.stream()
            .filter(type -> type.getSimpleName().equals("package-info"))
            .map(JavaClass::getPackageName)
            .collect(Collectors.toSet());
    Set<String> all =
        ballast.stream()
            .map(JavaClass::getPackageName)
            .collect(Collectors.toCollection(TreeSet::new));

    all.removeAll(described);
    all.removeIf(name -> !name.startsWith("dev.ballast"));
    assertThat(all).as("packages without package-info").isEmpty();
  }

  private static ArchRule onlyIn(String allowed, String... packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(allowed)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .as("only " + allowed + " uses " + Arrays.toString(packages));
  }

  private static String packages(String module) {
    return "dev.ballast." + module + "..";
  }

  private static String module(JavaClass type) {
    return type.getPackageName().replaceFirst("^dev\\.ballast\\.([a-z]+).*", "$1");
  }
}
