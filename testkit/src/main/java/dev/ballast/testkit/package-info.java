/**
 * What the tests of all modules share: reference programs that are found or skipped, processes that
 * end with the test, network namespaces, waiting with a bound, and a real Kubernetes API server.
 * Start at {@link dev.ballast.testkit.ReferenceProgram} and {@link dev.ballast.testkit.ApiServer}.
 */
@NullMarked
package dev.ballast.testkit;

import org.jspecify.annotations.NullMarked;
