package dev.ballast.roles;

import java.util.List;

/**
 * A long-running part of Ballast, for example {@code lb-speaker}. A process runs one or several.
 * {@link #start} and {@link #close} are called once each, by one thread; {@link #health} by any
 * thread at any time in between.
 */
public interface Role extends AutoCloseable {
  /** The role's name, in the plan's spelling: {@code lb-controller}, {@code certs-agent}. */
  String name();

  /**
   * Starts the work on tasks of the context and returns; throws when it can not start, and then has
   * left nothing running.
   */
  void start(RoleContext context) throws Exception;

  /** How it is, check by check. Must not block. */
  List<HealthCheck> health();

  /** Ends the work; returns when all of it has ended. Bounded by the caller. */
  @Override
  void close();
}
