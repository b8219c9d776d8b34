package dev.ballast.queues;

import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/** Virtual threads where the Java that runs this has them, and ordinary ones elsewhere. */
final class VirtualThreads {
  private VirtualThreads() {}

  static ThreadFactory factory() {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      return (ThreadFactory) type.getMethod("factory").invoke(builder);
    } catch (ReflectiveOperationException e) {
      return Executors.defaultThreadFactory();
    }
  }
}
