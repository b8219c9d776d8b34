package dev.ballast.cli;

import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Reads {@code -v}, and the levels that kubeadm and kubectl take: {@code -v 5}, {@code --v=5}.
 * There is one level here; 0 is none.
 */
final class Verbosity implements IParameterConsumer {
  @Override
  @SuppressWarnings("JdkObsolete") // the type is picocli's
  public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
    boolean level = !arguments.isEmpty() && arguments.peek().matches("\\d{1,2}|true|false");
    String said = level ? arguments.pop() : "true";
    option.setValue(!said.equals("0") && !said.equals("00") && !said.equals("false"));
  }
}
