package dev.ballast.certificates.output.gotemplate;

import dev.ballast.certificates.output.gotemplate.GoTemplate.Malformed;
import dev.ballast.certificates.output.gotemplate.Node.Command;
import dev.ballast.certificates.output.gotemplate.Node.Operand;
import dev.ballast.certificates.output.gotemplate.Node.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One execution of a template. One thread. */
final class Evaluation {
  /** What is not there; null is what is there and is nothing. */
  static final Object MISSING =
      new Object() {
        @Override
        public String toString() {
          return "<no value>";
        }
      };

  private static final int MAX_DEPTH = 300;
  private static final int MAX_STEPS = 10_000_000;
  private static final int MAX_CHARACTERS = 16 << 20;

  /** How a list of nodes ended. */
  private enum End {
    HERE,
    BREAK,
    CONTINUE
  }

  private static final class Variable {
    private final String name;
    private @Nullable Object value;

    Variable(String name, @Nullable Object value) {
      this.name = name;
      this.value = value;
    }
  }

  private final Parser.Templates templates;
  private final boolean allowMissingKeys;
  private final StringBuilder out = new StringBuilder();
  private List<Variable> variables = new ArrayList<>();
  private int depth;
  private int steps;

  Evaluation(Parser.Templates templates, boolean allowMissingKeys) {
    this.templates = templates;
    this.allowMissingKeys = allowMissingKeys;
  }

  String run(@Nullable Object data) {
    call("", data);
    return out.toString();
  }

  private void call(String name, @Nullable Object dot) {
    List<Node> body = templates.bodies().get(name);
    if (body == null) {
      throw new Malformed("template \"" + name + "\" not defined");
    }
    if (++depth > MAX_DEPTH) {
      throw new Malformed("templates call each other deeper than " + MAX_DEPTH);
    }
    List<Variable> outer = variables;
    variables = new ArrayList<>(List.of(new Variable("$", dot)));
    walk(body, dot);
    variables = outer;
    depth--;
  }

  private End walk(List<Node> nodes, @Nullable Object dot) {
    for (Node node : nodes) {
      if (++steps > MAX_STEPS) {
        throw new Malformed("more than " + MAX_STEPS + " steps");
      }
      End end =
          switch (node) {
            case Node.Text(String text) -> print(text);
            case Node.Action(Pipeline pipeline) -> {
              Object value = value(pipeline, dot);
              yield pipeline.variables().isEmpty() ? print(Format.printed(value)) : End.HERE;
            }
            case Node.Branch branch -> branch(branch, dot);
            case Node.Range range -> range(range, dot);
            case Node.Call(String name, Pipeline pipeline) -> {
              call(name, pipeline == null ? MISSING : value(pipeline, dot));
              yield End.HERE;
            }
            case Node.Break _ -> End.BREAK;
            case Node.Continue _ -> End.CONTINUE;
          };
      if (end != End.HERE) {
        return end;
      }
    }
    return End.HERE;
  }

  private End print(String text) {
    if (out.length() + text.length() > MAX_CHARACTERS) {
      throw new Malformed("it prints more than " + MAX_CHARACTERS + " characters");
    }
    out.append(text);
    return End.HERE;
  }

  private End branch(Node.Branch branch, @Nullable Object dot) {
    int mark = variables.size();
    Object value = value(branch.pipeline(), dot);
    End end =
        Functions.isTrue(value)
            ? walk(branch.body(), branch.setsDot() ? value : dot)
            : walk(branch.otherwise(), dot);
    forget(mark);
    return end;
  }

  private End range(Node.Range range, @Nullable Object dot) {
    int mark = variables.size();
    Object value = value(range.pipeline(), dot);
    List<String> names = range.pipeline().variables();
    End end = End.HERE;
    boolean any = false;
    for (Entry entry : entries(value, names.size())) {
      any = true;
      int inner = variables.size();
      // The pipeline has made or set its last variable once; here each gets what is its own.
      if (names.size() == 1) {
        set(names.getFirst(), entry.value());
      } else if (names.size() == 2) {
        set(names.getFirst(), entry.key());
        set(names.getLast(), entry.value());
      }
      if (walk(range.body(), entry.value()) == End.BREAK) {
        break;
      }
      forget(inner);
    }
    if (!any) {
      end = walk(range.otherwise(), dot);
    }
    forget(mark);
    return end;
  }

  private record Entry(Object key, @Nullable Object value) {}

  private static Iterable<Entry> entries(@Nullable Object value, int names) {
    return switch (value) {
      case List<?> list -> {
        var all = new ArrayList<Entry>();
        for (int i = 0; i < list.size(); i++) {
          all.add(new Entry((long) i, list.get(i)));
        }
        yield all;
      }
      case Map<?, ?> map -> {
        var all = new ArrayList<Entry>();
        sorted(map).forEach((key, each) -> all.add(new Entry(key, each)));
        yield all;
      }
      case Long count -> {
        if (names == 2) {
          throw new Malformed("can't use " + count + " to iterate over more than one variable");
        }
        if (count > MAX_STEPS) {
          throw new Malformed("more than " + MAX_STEPS + " steps");
        }
        var all = new ArrayList<Entry>();
        for (long i = 0; i < count; i++) {
          all.add(new Entry(i, i));
        }
        yield all;
      }
      case null -> List.of();
      case Object missing when missing == MISSING -> List.of();
      default -> throw new Malformed("range can't iterate over " + Format.printed(value));
    };
  }

  static Map<String, @Nullable Object> sorted(Map<?, ?> map) {
    var sorted = new TreeMap<String, @Nullable Object>();
    map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    return sorted;
  }

  private void forget(int mark) {
    variables.subList(mark, variables.size()).clear();
  }

  private Variable variable(String name) {
    for (int i = variables.size() - 1; i >= 0; i--) {
      if (variables.get(i).name.equals(name)) {
        return variables.get(i);
      }
    }
    throw new Malformed("undefined variable: " + name);
  }

  private void set(String name, @Nullable Object value) {
    variable(name).value = value;
  }

  /** Nothing becomes {@link #MISSING} at the end of a pipeline, as in Go. */
  private Object value(Pipeline pipeline, @Nullable Object dot) {
    if (++steps > MAX_STEPS) {
      throw new Malformed("more than " + MAX_STEPS + " steps");
    }
    @Nullable Given last = null;
    for (Command command : pipeline.commands()) {
      Object value = value(command, dot, last);
      last = new Given(value == null ? MISSING : value);
    }
    Object value = last == null ? MISSING : last.value();
    for (String name : pipeline.variables()) {
      if (pipeline.declares()) {
        variables.add(new Variable(name, value));
      } else {
        set(name, value);
      }
    }
    return value;
  }

  /** What the command before gave. */
  private record Given(Object value) {}

  private @Nullable Object value(Command command, @Nullable Object dot, @Nullable Given last) {
    List<Operand> words = command.words();
    boolean more = words.size() > 1 || last != null;
    return switch (words.getFirst()) {
      case Operand.Function(String name) -> function(name, words, dot, last);
      case Operand.Field(List<String> names) -> fields(dot, names, more);
      case Operand.Variable(String name, List<String> names) -> {
        if (names.isEmpty()) {
          requireNone(name, more);
        }
        yield fields(variable(name).value, names, more);
      }
      case Operand.Inner(Pipeline inner, List<String> names) -> {
        if (names.isEmpty()) {
          requireNone("a parenthesized pipeline", more);
        }
        yield fields(value(inner, dot), names, more);
      }
      case Operand.Dot _ -> {
        requireNone(".", more);
        yield dot;
      }
      case Operand.Literal(Object value) -> {
        requireNone(Format.printed(value), more);
        yield value;
      }
      case Operand.Nil _ -> throw new Malformed("nil is not a command");
    };
  }

  private static void requireNone(String what, boolean more) {
    if (more) {
      throw new Malformed("can't give argument to non-function " + what);
    }
  }

  private @Nullable Object function(
      String name, List<Operand> words, @Nullable Object dot, @Nullable Given last) {
    if (name.equals("and") || name.equals("or")) {
      return andOr(name, words, dot, last);
    }
    var arguments = new ArrayList<@Nullable Object>();
    for (Operand word : words.subList(1, words.size())) {
      arguments.add(argument(word, dot));
    }
    if (last != null) {
      arguments.add(last.value());
    }
    return Functions.call(name, arguments);
  }

  /** The first that decides, or the last; what comes after it is not looked at. */
  private @Nullable Object andOr(
      String name, List<Operand> words, @Nullable Object dot, @Nullable Given last) {
    if (words.size() == 1 && last == null) {
      throw new Malformed("wrong number of args for " + name + ": want at least 1 got 0");
    }
    @Nullable Object value = MISSING;
    for (Operand word : words.subList(1, words.size())) {
      value = argument(word, dot);
      if (Functions.isTrue(value) == name.equals("or")) {
        return value;
      }
    }
    return last == null ? value : last.value();
  }

  private @Nullable Object argument(Operand word, @Nullable Object dot) {
    return switch (word) {
      case Operand.Dot _ -> dot;
      case Operand.Nil _ -> null;
      case Operand.Literal(Object value) -> value;
      case Operand.Field(List<String> names) -> fields(dot, names, false);
      case Operand.Variable(String name, List<String> names) ->
          fields(variable(name).value, names, false);
      case Operand.Inner(Pipeline inner, List<String> names) ->
          fields(value(inner, dot), names, false);
      case Operand.Function function -> function(function.name(), List.of(function), dot, null);
    };
  }

  private @Nullable Object fields(@Nullable Object from, List<String> names, boolean more) {
    @Nullable Object value = from;
    for (int i = 0; i < names.size(); i++) {
      value = field(value, names.get(i), more && i == names.size() - 1);
    }
    return value;
  }

  private @Nullable Object field(@Nullable Object from, String name, boolean hasArguments) {
    if (from == MISSING) {
      if (!allowMissingKeys) {
        throw new Malformed("nil data; no entry for key \"" + name + "\"");
      }
      return MISSING;
    }
    if (from == null) {
      throw new Malformed("nil pointer evaluating interface {}." + name);
    }
    if (!(from instanceof Map<?, ?> map)) {
      throw new Malformed("can't evaluate field " + name + " in type " + Format.type(from));
    }
    if (hasArguments) {
      throw new Malformed(name + " is not a method but has arguments");
    }
    if (!map.containsKey(name)) {
      if (!allowMissingKeys) {
        throw new Malformed("map has no entry for key \"" + name + "\"");
      }
      return MISSING;
    }
    return map.get(name);
  }
}
