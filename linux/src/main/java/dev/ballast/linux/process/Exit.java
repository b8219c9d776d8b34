package dev.ballast.linux.process;

/** How a process ended. */
public sealed interface Exit {
  /** By itself. */
  record Status(int code) implements Exit {
    @Override
    public String toString() {
      return "exit status " + code;
    }
  }

  /** By a signal. */
  record Killed(int signal) implements Exit {
    @Override
    public String toString() {
      return "killed by signal " + signal;
    }
  }

  /** Whether it ended by itself with 0. */
  default boolean isSuccess() {
    return this instanceof Status(int code) && code == 0;
  }
}
