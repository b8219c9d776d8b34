package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes changes of several files, one at a time, and keeps what was before.
 *
 * <p>A change is a backup, then the new files beside the old ones, then a commit record, then the
 * {@link Swap}. A kill before the commit record leaves the old files and the next start removes the
 * traces; a kill after it leaves pairs that match and the next start finishes. Nothing after the
 * commit record needs new space on the disk.
 */
public final class Changes {
  /** Backups kept by default: a year of monthly renewals, some 100 KiB each. */
  public static final int RETAINED = 12;

  private final StateDirectory state;
  private final InstantSource clock;
  private final Disk disk;
  private final Backups backups;

  Changes(StateDirectory state, InstantSource clock, int retained, Disk disk) {
    this.state = state;
    this.clock = clock;
    this.disk = disk;
    this.backups = new Backups(state, disk, retained);
  }

  public static Changes in(StateDirectory state, InstantSource clock) {
    return new Changes(state, clock, RETAINED, new RealDisk());
  }

  /** What was found of a change that did not come to its end. */
  public enum Leftover {
    NONE,
    /** It had not begun to be seen; the old files stand. */
    ROLLED_BACK,
    /** Its new files had begun to be seen; they stand now. */
    FINISHED,
    /** Another process is at work on it at this moment. */
    IN_PROGRESS
  }

  /**
   * Finishes or rolls back what a killed run left. Cheap when there is nothing.
   *
   * @throws ChangeFailure when something was left and it cannot be settled
   */
  public Leftover settle() {
    try {
      if (!Files.exists(state.journal()) && !hasTraces()) {
        return Leftover.NONE;
      }
    } catch (IOException e) {
      // Whoever may not look has nothing to settle.
      return Leftover.NONE;
    }
    try (var lock = ChangeLock.tryAcquire(state.lock()).orElse(null)) {
      return lock == null ? Leftover.IN_PROGRESS : settleLocked();
    } catch (IOException e) {
      throw Remedies.explain(
          e,
          "settle the unfinished change of " + state.root(),
          "every certificate still matches its key, run any ballast certs command again");
    }
  }

  private Leftover settleLocked() throws IOException {
    if (!Files.exists(state.journal())) {
      if (!hasTraces()) {
        return Leftover.NONE;
      }
      disk.delete(state.commitRecord());
      disk.delete(state.unwritten());
      backups.removePartial();
      return Leftover.ROLLED_BACK;
    }
    var journal = readJournal();
    switch (journal.phase()) {
      case PREPARING -> rollBack(journal);
      case COMMITTED -> finish(journal);
    }
    return journal.phase() == Journal.Phase.PREPARING ? Leftover.ROLLED_BACK : Leftover.FINISHED;
  }

  /** What a kill before the journal leaves: half a backup, with keys in it, and records. */
  private boolean hasTraces() throws IOException {
    return Files.exists(state.commitRecord())
        || Files.exists(state.unwritten())
        || backups.hasPartial();
  }

  private Journal readJournal() throws IOException {
    try {
      return Journal.decode(Files.readString(state.journal()), state.real());
    } catch (IllegalArgumentException e) {
      throw new ChangeFailure(
          state.journal() + " cannot be read: " + e.getMessage(),
          "it was not written by this version; finish with the version that wrote it",
          e);
    }
  }

  /** Whole backups, newest first. */
  public List<Backup> backups() {
    try {
      return backups.list();
    } catch (IOException e) {
      throw Remedies.explain(e, "list the backups", "nothing was changed");
    }
  }

  /** Names of backups that cannot be restored because their manifest is damaged, newest first. */
  public List<String> damagedBackups() {
    try {
      return backups.damaged();
    } catch (IOException e) {
      throw Remedies.explain(e, "list the backups", "nothing was changed");
    }
  }

  /** The backup of that id. */
  public Optional<Backup> backup(String id) {
    return backups().stream().filter(backup -> backup.id().equals(id)).findFirst();
  }

  /** The plan that brings back what a backup holds. */
  public Plan restoring(Backup backup) {
    return new Restoration(backups).plan(backup);
  }

  /**
   * The changes that were made so far, to be remembered before files are read.
   *
   * @param backups their names: every change leaves one
   */
  public record Mark(Set<String> backups) {
    public Mark {
      backups = Set.copyOf(backups);
    }
  }

  /** Where things stand now. */
  public Mark mark() {
    try {
      return new Mark(Set.copyOf(backups.ids()));
    } catch (IOException e) {
      throw Remedies.explain(e, "list the backups", "nothing was changed");
    }
  }

  /**
   * As {@link #open()}, for a plan that was made from what was read after the mark: somebody else's
   * change in between would be taken back by it without a word.
   *
   * @throws ChangeFailure also when there was another change since
   */
  public Session openSince(Mark mark) {
    var session = open();
    if (session.leftover() == Leftover.NONE && mark.backups().containsAll(mark().backups())) {
      return session;
    }
    session.close();
    throw new ChangeFailure(
        "these certificates were changed by another command while this one was deciding",
        "run it again; nothing was changed");
  }

  /**
   * Takes the lock, and settles what was left before.
   *
   * @throws ChangeFailure when another change is under way, or the state directory is not writable
   */
  public Session open() {
    return tryOpen()
        .orElseThrow(() ->
            new ChangeFailure(
                "another change of these certificates is under way ("
                    + ChangeLock.holder(state.lock())
                    + ")",
                "wait until it has ended; nothing was changed"));
  }

  /** As {@link #open()}; empty when another change is under way. */
  public Optional<Session> tryOpen() {
    ChangeLock lock = null;
    var opened = false;
    try {
      createState();
      lock = ChangeLock.tryAcquire(state.lock()).orElse(null);
      if (lock == null) {
        return Optional.empty();
      }
      var leftover = settleLocked();
      backups.tidy();
      opened = true;
      return Optional.of(new Session(lock, leftover));
    } catch (IOException e) {
      throw Remedies.explain(e, "begin a change", "nothing was changed");
    } finally {
      if (!opened) {
        release(lock);
      }
    }
  }

  private static void release(@Nullable ChangeLock lock) {
    if (lock == null) {
      return;
    }
    try {
      lock.close();
    } catch (IOException e) {
      System.getLogger(Changes.class.getName())
          .log(System.Logger.Level.WARNING, "cannot release the lock", e);
    }
  }

  private void createState() throws IOException {
    if (!Files.isDirectory(state.root())) {
      Files.createDirectories(state.root().resolveSibling(""));
      disk.createDirectory(state.root());
      disk.sync(state.root().resolveSibling(""));
    }
    if (!Files.isDirectory(state.backups())) {
      disk.createDirectory(state.backups());
      disk.sync(state.root());
    }
  }

  private void rollBack(Journal journal) throws IOException {
    var swap = new Swap(disk);
    for (var group : journal.groups()) {
      if (group.flips()) {
        swap.undo(group);
      }
    }
    forget(journal, swap);
  }

  private void finish(Journal journal) throws IOException {
    var swap = new Swap(disk);
    for (var group : journal.groups()) {
      swap.finish(group);
    }
    forget(journal, swap);
  }

  private void forget(Journal journal, Swap swap) throws IOException {
    swap.clean(journal.stagingAreas());
    disk.delete(state.journal());
    disk.delete(state.commitRecord());
    disk.delete(state.unwritten());
    disk.sync(state.root());
  }

  /** The right to change files, until it is closed. Not for use by several threads. */
  public final class Session implements AutoCloseable {
    private final ChangeLock lock;
    private final Leftover leftover;

    private Session(ChangeLock lock, Leftover leftover) {
      this.lock = lock;
      this.leftover = leftover;
    }

    /** What an earlier run had left when this session began. */
    public Leftover leftover() {
      return leftover;
    }

    /**
     * Makes the plan so.
     *
     * @return the backup of what was there, empty when every file already was as planned
     * @throws ChangeFailure when it cannot be made; its text says what stands now
     */
    public Optional<Backup> apply(Plan plan) {
      try {
        return make(plan);
      } catch (IOException e) {
        throw Remedies.explain(e, "prepare the change", abandon());
      }
    }

    private Optional<Backup> make(Plan plan) throws IOException {
      var targets = new Resolution(disk, state.within()).resolve(plan);
      if (targets.isEmpty()) {
        return Optional.empty();
      }
      var backup = backups.create(plan, clock.instant(), targets);
      var journal =
          new Journal(backup.id(), Journal.Phase.PREPARING, new Grouping(plan).groups(targets));
      writeJournal(state.commitRecord(), journal.committed());
      writeJournal(state.journal(), journal);
      new Staged(disk).layOut(journal, targets);
      for (var group : journal.groups()) {
        if (group.flips()) {
          new Swap(disk).redirect(group);
        }
      }
      disk.rename(state.commitRecord(), state.journal());
      complete(journal.committed());
      return Optional.of(backup);
    }

    private void complete(Journal journal) {
      try {
        disk.sync(state.root());
        finish(journal);
      } catch (IOException e) {
        throw Remedies.explain(
            e,
            "finish the change",
            "every certificate matches its key, and the next ballast certs command finishes it");
      }
    }

    /** Rolls back after a refusal of the disk; says what stands. */
    private String abandon() {
      try {
        settleLocked();
        backups.tidy();
        return "nothing was changed";
      } catch (IOException e) {
        return "every certificate still matches its key, and the next ballast certs command"
            + " takes the traces away";
      }
    }

    private void writeJournal(Path file, Journal journal) throws IOException {
      disk.delete(state.unwritten());
      disk.createFile(state.unwritten());
      disk.append(state.unwritten(), journal.encode(state.real()).getBytes(StandardCharsets.UTF_8));
      disk.sync(state.unwritten());
      disk.rename(state.unwritten(), file);
      disk.sync(state.root());
    }

    @Override
    public void close() {
      release(lock);
    }
  }
}
