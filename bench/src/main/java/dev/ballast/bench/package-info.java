/** Benchmarks and comparisons with peers; never published. */
@NullMarked
package dev.ballast.bench;

import org.jspecify.annotations.NullMarked;
