package dev.ballast.roles.admin;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** What may be asked over the admin socket, by the first part of the path. Any thread. */
public final class AdminHandlers {
  /** Answers requests; each on a task of its own. */
  public interface AdminHandler {
    AdminResponse answer(AdminRequest request) throws Exception;
  }

  private final Map<String, AdminHandler> byName = new ConcurrentHashMap<>();

  /** Registers a name; IllegalStateException when it is taken. */
  public void register(String name, AdminHandler handler) {
    if (byName.putIfAbsent(name, handler) != null) {
      throw new IllegalStateException("an admin handler is registered already: name=" + name);
    }
  }

  Optional<AdminHandler> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  Set<String> names() {
    return new TreeSet<>(byName.keySet());
  }
}
