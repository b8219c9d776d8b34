package dev.ballast.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The one place that turns what went wrong into text on standard error and an exit code. */
final class Complaint implements IExecutionExceptionHandler {
  static final int FAILURE = 1;

  @Override
  public int handleExecutionException(Exception thrown, CommandLine cli, ParseResult parsed) {
    PrintWriter err = cli.getErr();
    err.println(coloured(cli, "error: " + sentence(thrown)));
    if (Ballast.verbose(cli)) {
      thrown.printStackTrace(err);
    } else if (isDefect(thrown)) {
      err.println("  try: run again with -v and report the trace; this should not happen");
    }
    return FAILURE;
  }

  /** A command line that was not understood: one line what is wrong, one line where the help is. */
  static int ofUsage(ParameterException thrown, String[] arguments) {
    CommandLine cli = thrown.getCommandLine();
    PrintWriter err = cli.getErr();
    err.println(coloured(cli, "error: " + thrown.getMessage()));
    UnmatchedArgumentException.printSuggestions(thrown, err);
    err.println("  try: " + cli.getCommandSpec().qualifiedName() + " --help");
    return cli.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** The colours are decided by standard output; errors may go to a file all the same. */
  private static String coloured(CommandLine cli, String text) {
    return Terminal.isStandardError() ? cli.getColorScheme().errorText(text).toString() : text;
  }

  private static String sentence(Throwable thrown) {
    return switch (thrown) {
      case UncheckedIOException unchecked when unchecked.getCause() != null ->
          sentence(unchecked.getCause());
      case AccessDeniedException e ->
          "cannot open " + e.getFile() + ": permission denied; run as its owner or as root";
      case NoSuchFileException e -> e.getFile() + " does not exist; check the path";
      case NotDirectoryException e -> e.getFile() + " is not a directory; name one";
      case FileAlreadyExistsException e -> e.getFile() + " exists already; nothing was changed";
      case DirectoryNotEmptyException e -> e.getFile() + " is not empty; nothing was changed";
      case FileSystemException e ->
          e.getFile() + ": " + (e.getReason() == null ? "input/output error" : e.getReason());
      default -> {
        String message = thrown.getMessage();
        yield message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message;
      }
    };
  }

  /** Whether only somebody who reads the code can help. */
  private static boolean isDefect(Throwable thrown) {
    return thrown instanceof RuntimeException
        && !(thrown instanceof UncheckedIOException)
        && thrown.getClass().getName().startsWith("java.")
        && !(thrown.getCause() instanceof IOException);
  }
}
