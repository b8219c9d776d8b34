package dev.ballast.certificates.output.gotemplate;

import dev.ballast.certificates.output.gotemplate.GoTemplate.Malformed;
import dev.ballast.certificates.output.gotemplate.Node.Command;
import dev.ballast.certificates.output.gotemplate.Node.Operand;
import dev.ballast.certificates.output.gotemplate.Node.Pipeline;
import dev.ballast.certificates.output.gotemplate.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a go-template as Go's text/template/parse does: the same is refused. */
final class Parser {
  /** Deeper nesting is nobody's template. */
  private static final int MAX_DEPTH = 200;

  /** The templates by name; that of the whole text has the empty one. */
  record Templates(Map<String, List<Node>> bodies) {
    public Templates {
      bodies = Map.copyOf(bodies);
    }
  }

  /** Nodes up to an {@code else} or {@code end}, and which of them it was. */
  private record Body(List<Node> nodes, String endedBy) {}

  private final List<Token> tokens;
  private final Map<String, List<Node>> bodies = new HashMap<>();
  private Deque<String> variables = new ArrayDeque<>(List.of("$"));
  private int at;
  private int loops;
  private int depth;

  private Parser(String template) {
    this.tokens = Lexer.tokens(template);
  }

  /**
   * @throws Malformed when it is not a template
   */
  static Templates parse(String template) {
    var parser = new Parser(template);
    var main = parser.body(true);
    if (!main.endedBy().isEmpty()) {
      throw failed("unexpected {{" + main.endedBy() + "}}");
    }
    parser.bodies.put("", main.nodes());
    return new Templates(parser.bodies);
  }

  private Body body(boolean top) {
    var nodes = new ArrayList<Node>();
    depth++;
    if (depth > MAX_DEPTH) {
      throw failed("nested deeper than " + MAX_DEPTH);
    }
    while (true) {
      var token = next();
      switch (token.kind()) {
        case TEXT -> nodes.add(new Node.Text(token.text()));
        case END -> {
          if (!top) {
            throw failed("unexpected EOF");
          }
          depth--;
          return new Body(nodes, "");
        }
        default -> {
          var word = peek();
          if (word.isName("else") || word.isName("end")) {
            next();
            depth--;
            return new Body(nodes, word.text());
          }
          if (word.isName("define") && top) {
            next();
            define(string("define clause"));
          } else {
            nodes.add(action());
          }
        }
      }
    }
  }

  private Node action() {
    var word = peek();
    if (word.kind() == Kind.NAME) {
      switch (word.text()) {
        case "if", "with" -> {
          next();
          return branch(word.text());
        }
        case "range" -> {
          next();
          return range();
        }
        case "template" -> {
          next();
          var name = string("template clause");
          return new Node.Call(name, optionalPipeline());
        }
        case "block" -> {
          next();
          var name = string("block clause");
          var pipeline = pipeline(Kind.RIGHT, "block clause", 0);
          ownScope(name);
          return new Node.Call(name, pipeline);
        }
        case "break" -> {
          next();
          return leave(new Node.Break(), word.text());
        }
        case "continue" -> {
          next();
          return leave(new Node.Continue(), word.text());
        }
        case "define" -> throw failed("unexpected {{define}}");
        default -> {
          // A function.
        }
      }
    }
    return new Node.Action(pipeline(Kind.RIGHT, "command", 1));
  }

  private Node leave(Node node, String word) {
    expect(Kind.RIGHT, word);
    if (loops == 0) {
      throw failed("{{" + word + "}} outside {{range}}");
    }
    return node;
  }

  private Node branch(String keyword) {
    int mark = variables.size();
    var pipeline = pipeline(Kind.RIGHT, keyword, 1);
    var body = body(false);
    List<Node> otherwise = List.of();
    if (body.endedBy().equals("else")) {
      if (peek().isName(keyword)) {
        next();
        // The end of the inner one is that of both.
        otherwise = List.of(branch(keyword));
        forget(mark);
        return new Node.Branch(pipeline, keyword.equals("with"), body.nodes(), otherwise);
      }
      otherwise = lastBody();
    } else {
      expect(Kind.RIGHT, "end");
    }
    forget(mark);
    return new Node.Branch(pipeline, keyword.equals("with"), body.nodes(), otherwise);
  }

  private Node range() {
    int mark = variables.size();
    var pipeline = pipeline(Kind.RIGHT, "range", 2);
    loops++;
    var body = body(false);
    loops--;
    List<Node> otherwise = List.of();
    if (body.endedBy().equals("else")) {
      otherwise = lastBody();
    } else {
      expect(Kind.RIGHT, "end");
    }
    forget(mark);
    return new Node.Range(pipeline, body.nodes(), otherwise);
  }

  /** After {@code else}: up to its {@code end}. */
  private List<Node> lastBody() {
    expect(Kind.RIGHT, "else");
    var last = body(false);
    if (!last.endedBy().equals("end")) {
      throw failed("expected end; found {{" + last.endedBy() + "}}");
    }
    expect(Kind.RIGHT, "end");
    return last.nodes();
  }

  private void define(String name) {
    expect(Kind.RIGHT, "define clause");
    ownScope(name);
  }

  /** A body with variables of its own. */
  private void ownScope(String name) {
    var outer = variables;
    int outerLoops = loops;
    variables = new ArrayDeque<>(List.of("$"));
    loops = 0;
    var body = body(false);
    if (!body.endedBy().equals("end")) {
      throw failed("unexpected {{else}} in define clause");
    }
    expect(Kind.RIGHT, "end");
    bodies.put(name, body.nodes());
    variables = outer;
    loops = outerLoops;
  }

  private @Nullable Pipeline optionalPipeline() {
    if (peek().kind() == Kind.RIGHT) {
      next();
      return null;
    }
    return pipeline(Kind.RIGHT, "template clause", 0);
  }

  /** A pipeline and its end, with at most so many variables that it sets. */
  private Pipeline pipeline(Kind end, String context, int mayDeclare) {
    depth++;
    if (depth > MAX_DEPTH) {
      throw failed("nested deeper than " + MAX_DEPTH);
    }
    var set = new ArrayList<String>();
    boolean declares = mayDeclare > 0 && declarations(set, mayDeclare);
    var commands = new ArrayList<Command>();
    while (peek().kind() != end) {
      commands.add(command(end));
    }
    next();
    if (commands.isEmpty()) {
      throw failed("missing value for " + context);
    }
    for (var command : commands.subList(1, commands.size())) {
      switch (command.words().getFirst()) {
        case Operand.Dot _, Operand.Nil _, Operand.Literal _ ->
            throw failed("non executable command in pipeline");
        case Operand.Field _, Operand.Variable _, Operand.Function _, Operand.Inner _ -> {}
      }
    }
    if (declares) {
      set.forEach(variables::push);
    }
    depth--;
    return new Pipeline(set, declares, commands);
  }

  /** {@code $a :=}, {@code $a =} or {@code $i, $a :=}; whether they are new. */
  private boolean declarations(List<String> set, int most) {
    int begin = at;
    while (peek().kind() == Kind.VARIABLE && set.size() < most) {
      set.add(next().text());
      switch (peek().kind()) {
        case DECLARE -> {
          next();
          return true;
        }
        case ASSIGN -> {
          next();
          set.forEach(this::requireKnown);
          return false;
        }
        case COMMA -> next();
        default -> {
          at = begin;
          set.clear();
          return false;
        }
      }
    }
    at = begin;
    set.clear();
    return false;
  }

  private void requireKnown(String variable) {
    if (!variables.contains(variable)) {
      throw failed("undefined variable \"" + variable + "\"");
    }
  }

  private Command command(Kind end) {
    var words = new ArrayList<Operand>();
    while (true) {
      words.add(operand());
      var after = peek();
      if (after.kind() == Kind.PIPE) {
        next();
        return new Command(words);
      }
      if (after.kind() == end) {
        return new Command(words);
      }
      if (!after.spaced()) {
        throw failed("unexpected " + after.text() + " in operand");
      }
    }
  }

  private Operand operand() {
    var token = next();
    return switch (token.kind()) {
      case DOT -> new Operand.Dot();
      case FIELD -> new Operand.Field(fields(token.text()));
      case VARIABLE -> {
        requireKnown(token.text());
        yield new Operand.Variable(token.text(), fields());
      }
      case STRING -> new Operand.Literal(token.text());
      case CHARACTER -> {
        if (token.text().codePointCount(0, token.text().length()) != 1) {
          throw failed("malformed character constant: '" + token.text() + "'");
        }
        yield new Operand.Literal((long) token.text().codePointAt(0));
      }
      case NUMBER ->
          new Operand.Literal(
              Literals.number(token.text())
                  .orElseThrow(() -> failed("bad number syntax: \"" + token.text() + "\"")));
      case OPEN -> {
        var inner = pipeline(Kind.CLOSE, "parenthesized pipeline", 0);
        yield new Operand.Inner(inner, fields());
      }
      case NAME -> named(token.text());
      case TEXT, LEFT, RIGHT, CLOSE, PIPE, COMMA, DECLARE, ASSIGN, END ->
          throw failed("unexpected \"" + token.text() + "\" in operand");
    };
  }

  private Operand named(String name) {
    return switch (name) {
      case "true" -> new Operand.Literal(true);
      case "false" -> new Operand.Literal(false);
      case "nil" -> new Operand.Nil();
      default -> {
        if (!Functions.exists(name)) {
          throw failed("function \"" + name + "\" not defined");
        }
        yield new Operand.Function(name);
      }
    };
  }

  /** Further fields that follow without a blank. */
  private List<String> fields(String... first) {
    var names = new ArrayList<>(List.of(first));
    while (peek().kind() == Kind.FIELD && !peek().spaced()) {
      names.add(next().text());
    }
    return names;
  }

  private String string(String context) {
    return expect(Kind.STRING, context).text();
  }

  private Token expect(Kind kind, String context) {
    var token = next();
    if (token.kind() != kind) {
      throw failed("unexpected \"" + token.text() + "\" in " + context);
    }
    return token;
  }

  private void forget(int mark) {
    while (variables.size() > mark) {
      variables.pop();
    }
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token next() {
    var token = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  private static Malformed failed(String what) {
    return new Malformed(what);
  }
}
