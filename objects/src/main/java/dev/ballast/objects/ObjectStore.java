package dev.ballast.objects;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where objects are kept. This interface is all that the products know of it: a directory of
 * manifests ({@link DirectoryStore}), a Kubernetes API ({@code api.ApiStore}) or memory ({@link
 * MemoryStore}), each with the same behaviour. All methods may be called by any thread.
 */
public interface ObjectStore extends AutoCloseable {
  /** Returns the newest snapshot of the kinds that the scheme watches. */
  Snapshot list();

  /**
   * Calls {@code listener} with the newest snapshot at once and then after each change, one call at
   * a time, on a thread of the store; a slow listener sees the newest, not each. Ends with the
   * subscription's close.
   */
  Subscription watch(Consumer<Snapshot> listener);

  /** Ends a watch. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Reads an object as it is stored now, with its status; empty when there is none.
   *
   * @throws IOException when the store does not answer, or does not allow it
   */
  Optional<Manifest> get(ObjectKey key) throws IOException;

  /**
   * Reads all objects of a kind as they are stored now.
   *
   * @throws IOException when the store does not answer, or does not allow it
   */
  List<Manifest> all(Kind<?> kind) throws IOException;

  /** Stores a new object; a conflict when its name is taken. Its status is not stored. */
  WriteResult create(Manifest object);

  /**
   * Replaces an object; a conflict when it has another resourceVersion than the manifest, which may
   * leave it out to replace whatever is there. Its status is not touched.
   */
  WriteResult update(Manifest object);

  /**
   * Makes sure that an object has these fields, and that those that this owner applied before and
   * does not name any more are gone. An object that is not there is created. Fields of others stay;
   * a field that another one gave another value is a conflict. Lists are taken as one value.
   *
   * @param owner who applies: one name for each program
   * @param force takes over fields of other programs
   */
  WriteResult apply(String owner, Manifest fields, boolean force);

  /** Deletes an object; the objects that it owns go with it. */
  WriteResult delete(ObjectKey key);

  /** Deletes an object unless it is another one than was seen; a conflict if it is. */
  WriteResult delete(Manifest seen);

  /**
   * Writes fields of the status of an object; a merge patch: fields that are not named stay, null
   * removes one. Of the conditions those of the types that are named are replaced, and each keeps
   * its {@code lastTransitionTime} while its status stays. The same again changes nothing. The part
   * of a manifest that people write is never touched. A report of ours that is not there is
   * created.
   *
   * @param status made of maps, lists, text, numbers and booleans
   */
  WriteResult updateStatus(ObjectKey key, Map<String, Object> status);

  /** Writes the statuses of several objects, as one batch where the store can. */
  default Map<ObjectKey, WriteResult> updateStatuses(Map<ObjectKey, Map<String, Object>> statuses) {
    Map<ObjectKey, WriteResult> results = new LinkedHashMap<>();
    statuses.forEach((key, status) -> results.put(key, updateStatus(key, status)));
    return results;
  }

  /** Reads the status that was written for an object; empty when there is none. */
  Optional<Map<String, Object>> status(ObjectKey key) throws IOException;

  /** Takes the status of an object away; a report of ours goes with it. */
  WriteResult removeStatus(ObjectKey key);

  /** Records that something happened to objects; equal events are counted. */
  WriteResult record(List<Event> events);

  /** Records that something happened to an object. */
  default WriteResult record(Event event) {
    return record(List.of(event));
  }

  /** Reads what happened, oldest first. */
  List<Event> events() throws IOException;

  @Override
  void close();
}
