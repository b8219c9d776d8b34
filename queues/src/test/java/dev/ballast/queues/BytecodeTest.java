package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What can be seen in the classes: a call without a backward branch, in itself and in all it calls,
 * ends after a number of its own steps that nobody else can change.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BytecodeTest {
  private static final String PACKAGE = BytecodeTest.class.getPackageName();

  private record Method(ClassDesc owner, String name, String descriptor) {}

  @ParameterizedTest
  @ValueSource(strings = {"offer", "poll", "peek"})
  void one_producer_and_one_consumer_are_wait_free(String method) throws IOException {
    for (Class<?> type : List.of(SpscArrayQueue.class, SpscUnboundedQueue.class)) {
      assertThat(loops(type, method))
          // The one over what this very consumer removed from the middle, each only once.
          .allSatisfy(name -> assertThat(name).isEqualTo("passRemoved"));
      assertThat(atomicUpdates(type, method)).isEmpty();
    }
  }

  @Test
  void an_offer_to_many_consumers_and_the_calls_of_one_consumer_are_wait_free() throws IOException {
    assertThat(loops(SpmcArrayQueue.class, "offer")).containsOnly("passRemoved", "storeWithCare");
    assertThat(loops(MpscArrayQueue.class, "poll")).containsOnly("passRemoved");
    assertThat(loops(MpscArrayQueue.class, "peek")).isEmpty();
  }

  @Test
  void a_loop_is_found_where_there_is_one() throws IOException {
    assertThat(loops(StrictMpmcArrayQueue.class, "offer")).contains("offer");
    assertThat(atomicUpdates(StrictMpmcArrayQueue.class, "offer")).contains("compareAndSet");
  }

  @Test
  void nobody_yields_or_sleeps_or_locks_or_uses_unsafe() throws Exception {
    Set<String> found = new TreeSet<>();
    for (ClassModel type : everyClass()) {
      for (MethodModel method : type.methods()) {
        if (method.flags().has(java.lang.reflect.AccessFlag.SYNCHRONIZED)) {
          found.add("synchronized " + type.thisClass().asInternalName());
        }
        for (InvokeInstruction call : calls(method)) {
          String owner = call.owner().asInternalName();
          String name = call.name().stringValue();
          boolean waits =
              owner.equals("java/lang/Thread") && (name.equals("yield") || name.equals("sleep"));
          if (waits
              || owner.endsWith("/Unsafe")
              || (owner.startsWith("java/util/concurrent/locks/")
                  && !owner.endsWith("/LockSupport"))) {
            found.add(owner + "." + name + " in " + type.thisClass().asInternalName());
          }
        }
        method
            .code()
            .ifPresent(code ->
                code.forEach(element -> {
                  if (element instanceof java.lang.classfile.instruction.MonitorInstruction) {
                    found.add("monitor in " + type.thisClass().asInternalName());
                  }
                }));
      }
    }
    assertThat(found).isEmpty();
  }

  private static List<ClassModel> everyClass() throws Exception {
    Path classes =
        Path.of(Queues.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve(PACKAGE.replace('.', '/'));
    try (Stream<Path> files = Files.list(classes)) {
      List<ClassModel> all =
          files
              .filter(file -> file.toString().endsWith(".class"))
              .filter(file -> !file.toString().contains("Test"))
              .map(BytecodeTest::parse)
              .toList();
      assertThat(all).hasSizeGreaterThan(20);
      return all;
    }
  }

  private static ClassModel parse(Path file) {
    try {
      return ClassFile.of().parse(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The methods with a backward branch among a method and all of this package that it calls. */
  private static Set<String> loops(Class<?> type, String method) throws IOException {
    Set<String> loops = new TreeSet<>();
    for (MethodModel reached : reached(type, method)) {
      if (hasBackwardBranch(reached)) {
        loops.add(reached.methodName().stringValue());
      }
    }
    return loops;
  }

  /** The atomic read-modify-writes among them. */
  private static Set<String> atomicUpdates(Class<?> type, String method) throws IOException {
    Set<String> updates = new TreeSet<>();
    for (MethodModel reached : reached(type, method)) {
      for (InvokeInstruction call : calls(reached)) {
        String name = call.name().stringValue();
        if (call.owner().asInternalName().equals("java/lang/invoke/VarHandle")
            && (name.startsWith("compareAnd")
                || name.startsWith("getAnd")
                || name.startsWith("weakCompareAnd"))) {
          updates.add(name);
        }
      }
    }
    return updates;
  }

  private static List<MethodModel> reached(Class<?> type, String method) throws IOException {
    Map<ClassDesc, ClassModel> models = new HashMap<>();
    Map<Method, MethodModel> reached = new HashMap<>();
    Set<Method> seen = new HashSet<>();
    Deque<Method> open = new ArrayDeque<>();
    ClassDesc start = ClassDesc.of(type.getName());
    for (MethodModel each : model(models, start).methods()) {
      if (each.methodName().equalsString(method)) {
        open.add(new Method(start, method, each.methodType().stringValue()));
      }
    }
    assertThat(open).isNotEmpty();
    while (!open.isEmpty()) {
      Method next = open.remove();
      if (!seen.add(next) || !next.owner.packageName().equals(PACKAGE)) {
        continue;
      }
      for (MethodModel each : model(models, next.owner).methods()) {
        if (each.methodName().equalsString(next.name)
            && each.methodType().equalsString(next.descriptor)) {
          reached.put(next, each);
          for (InvokeInstruction call : calls(each)) {
            open.add(
                new Method(
                    call.owner().asSymbol(), call.name().stringValue(), call.type().stringValue()));
          }
        }
      }
    }
    return List.copyOf(reached.values());
  }

  private static ClassModel model(Map<ClassDesc, ClassModel> models, ClassDesc type)
      throws IOException {
    ClassModel known = models.get(type);
    if (known != null) {
      return known;
    }
    String file = type.descriptorString();
    try (InputStream in =
        BytecodeTest.class.getResourceAsStream(
            "/" + file.substring(1, file.length() - 1) + ".class")) {
      ClassModel read = ClassFile.of().parse(in.readAllBytes());
      models.put(type, read);
      return read;
    }
  }

  private static List<InvokeInstruction> calls(MethodModel method) {
    return method.code().stream()
        .flatMap(code -> code.elementStream())
        .filter(InvokeInstruction.class::isInstance)
        .map(InvokeInstruction.class::cast)
        .toList();
  }

  private static boolean hasBackwardBranch(MethodModel method) {
    Set<Label> passed = new HashSet<>();
    for (CodeElement element : method.code().map(code -> code.elementList()).orElse(List.of())) {
      if (element instanceof LabelTarget target) {
        passed.add(target.label());
      } else if (element instanceof BranchInstruction branch && passed.contains(branch.target())) {
        return true;
      }
    }
    return false;
  }
}
