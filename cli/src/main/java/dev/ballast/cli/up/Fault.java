package dev.ballast.cli.up;

import dev.ballast.lab.live.Machine;

/** How the owner of an address goes away. */
enum Fault {
  /** The process is killed: {@code kill -9}. */
  KILL("killed (kill -9)"),
  /** It falls silent without ending: {@code kill -STOP}. */
  SILENCE("stopped (kill -STOP)"),
  /** It is asked to end and hands over: {@code kill -TERM}. */
  STOP("told to end (kill -TERM)");

  private final String description;

  Fault(String description) {
    this.description = description;
  }

  /** Returns the participle for a sentence: the owner is …. */
  String description() {
    return description;
  }

  void strike(Machine machine) {
    switch (this) {
      case KILL -> machine.kill();
      case SILENCE -> machine.pause();
      case STOP -> machine.askToEnd();
    }
  }

  /** Whether the process is there still. */
  boolean leavesProcess() {
    return this == SILENCE;
  }
}
