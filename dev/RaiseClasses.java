import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites the classes of a jar that were compiled for Java 5 or older in the form of Java 8, with
 * stack maps. The JVM's cache of loaded classes takes no older ones, and verifying those by
 * inference at each start costs more than all the rest of a short command.
 *
 * <p>Code is not changed but for one text: picocli asks at each start whether Groovy is there, and
 * to learn that it is not, the JVM opens every jar, which nothing else in a short command does. It
 * asks in a package of java.base instead, where the answer comes at once.
 *
 * <p>Usage: {@code java RaiseClasses.java IN.jar OUT.jar}.
 */
final class RaiseClasses {
  private static final int JAVA_6 = 50;
  private static final int JAVA_8 = 52;
  private static final String GROOVY = "groovy.lang.Closure";
  private static final String ABSENT = "java.lang.GroovyClosure";

  public static void main(String[] arguments) throws IOException {
    Path source = Path.of(arguments[0]);
    try (var types = new URLClassLoader(new URL[] {source.toUri().toURL()});
        var in = new ZipInputStream(Files.newInputStream(source));
        var out = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
      ClassFile classFile =
          ClassFile.of(
              ClassFile.StackMapsOption.STACK_MAPS_WHEN_REQUIRED,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofClassLoading(types)));
      for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
        byte[] bytes = in.readAllBytes();
        ZipEntry raised = new ZipEntry(entry.getName());
        raised.setTime(entry.getTime());
        out.putNextEntry(raised);
        out.write(entry.getName().endsWith(".class") ? raise(classFile, bytes) : bytes);
        out.closeEntry();
      }
    }
  }

  private static byte[] raise(ClassFile classFile, byte[] bytes) {
    ClassModel old = classFile.parse(bytes);
    if (old.majorVersion() >= JAVA_6) {
      return bytes;
    }
    return classFile.build(
        old.thisClass().asSymbol(),
        raised -> {
          for (var element : old) {
            switch (element) {
              case ClassFileVersion _ -> raised.withVersion(JAVA_8, 0);
              case MethodModel method ->
                  raised.transformMethod(
                      method, MethodTransform.transformingCode(RaiseClasses::instruction));
              default -> raised.with(element);
            }
          }
        });
  }

  private static void instruction(CodeBuilder code, CodeElement part) {
    if (part instanceof ConstantInstruction.LoadConstantInstruction load
        && load.constantValue().equals(GROOVY)) {
      code.loadConstant(ABSENT);
    } else {
      code.with(part);
    }
  }
}
