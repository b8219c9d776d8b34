package dev.ballast.certificates.output.gotemplate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a go-template is made of. */
sealed interface Node {
  /** Text that is printed as it is. */
  record Text(String text) implements Node {}

  /** A pipeline whose value is printed, unless it sets a variable. */
  record Action(Pipeline pipeline) implements Node {}

  /** {@code if}, and {@code with}, which in addition makes the value the dot. */
  record Branch(Pipeline pipeline, boolean setsDot, List<Node> body, List<Node> otherwise)
      implements Node {
    public Branch {
      body = List.copyOf(body);
      otherwise = List.copyOf(otherwise);
    }
  }

  record Range(Pipeline pipeline, List<Node> body, List<Node> otherwise) implements Node {
    public Range {
      body = List.copyOf(body);
      otherwise = List.copyOf(otherwise);
    }
  }

  /** {@code template "name" pipeline}; without a pipeline there is no dot. */
  record Call(String name, @Nullable Pipeline pipeline) implements Node {}

  record Break() implements Node {}

  record Continue() implements Node {}

  /**
   * Commands, each of which gets the value of the one before as its last argument.
   *
   * @param variables that get the value
   * @param declares whether they are new
   */
  record Pipeline(List<String> variables, boolean declares, List<Command> commands) {
    public Pipeline {
      variables = List.copyOf(variables);
      commands = List.copyOf(commands);
    }
  }

  /** An operand, or a function with its arguments. */
  record Command(List<Operand> words) {
    public Command {
      words = List.copyOf(words);
    }
  }

  /** One word of a command. */
  sealed interface Operand {
    record Dot() implements Operand {}

    record Nil() implements Operand {}

    /** A string, a truth value, a Long or a Double. */
    record Literal(Object value) implements Operand {}

    /** {@code .a.b}. */
    record Field(List<String> names) implements Operand {
      public Field {
        names = List.copyOf(names);
      }
    }

    /** {@code $a.b}. */
    record Variable(String name, List<String> names) implements Operand {
      public Variable {
        names = List.copyOf(names);
      }
    }

    record Function(String name) implements Operand {}

    /** {@code (pipeline).a.b}. */
    record Inner(Pipeline pipeline, List<String> names) implements Operand {
      public Inner {
        names = List.copyOf(names);
      }
    }
  }
}
