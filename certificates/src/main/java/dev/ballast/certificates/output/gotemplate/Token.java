package dev.ballast.certificates.output.gotemplate;

/**
 * A piece of a go-template.
 *
 * @param spaced whether a blank stands before it, inside an action
 */
record Token(Kind kind, String text, boolean spaced) {
  enum Kind {
    /** What stands outside of actions. */
    TEXT,
    LEFT,
    RIGHT,
    OPEN,
    CLOSE,
    PIPE,
    COMMA,
    DECLARE,
    ASSIGN,
    /** Already unquoted. */
    STRING,
    CHARACTER,
    NUMBER,
    DOT,
    /** Without its dot. */
    FIELD,
    /** With its dollar sign. */
    VARIABLE,
    /** A function or a keyword. */
    NAME,
    END
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }
}
