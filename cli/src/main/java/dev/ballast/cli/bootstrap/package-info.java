/**
 * {@code ballast init}, {@code join}, {@code reset}, {@code token}, {@code config} and {@code
 * host}. Start reading at {@link dev.ballast.cli.bootstrap.InitCommand}.
 */
@NullMarked
package dev.ballast.cli.bootstrap;

import org.jspecify.annotations.NullMarked;
