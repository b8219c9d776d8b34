package dev.ballast.objects;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where objects live. This interface is all that the products know of it: a directory of manifests
 * ({@link DirectoryStore}) is one home, a Kubernetes API can be another. All methods may be called
 * by any thread.
 */
public interface ObjectStore extends AutoCloseable {
  /** The newest snapshot. */
  Snapshot list();

  /**
   * Calls {@code listener} with the newest snapshot at once and then after each change, one call at
   * a time, on a thread of the home; a slow listener sees the newest, not each. Ends with the
   * subscription's close.
   */
  Subscription watch(Consumer<Snapshot> listener);

  /** Ends a watch. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Replaces the status of an object; the part of the manifest that people write is never touched.
   * The same status again changes nothing.
   *
   * @param status fields as in a manifest, made of maps, lists, text, numbers and booleans
   */
  void updateStatus(ObjectKey key, Map<String, Object> status) throws IOException;

  /** The status that was written for an object, also for kinds that have no manifest. */
  Optional<Map<String, Object>> status(ObjectKey key) throws IOException;

  /** Takes the status of an object away. */
  void removeStatus(ObjectKey key) throws IOException;

  /** Records that something happened to an object. */
  void record(Event event) throws IOException;

  /** What happened, oldest first. */
  List<Event> events() throws IOException;

  @Override
  void close();
}
