/**
 * Tasks beside the JDK's scheduler and Go's. Start reading at {@link
 * dev.ballast.bench.tasks.TaskReport}.
 */
@NullMarked
package dev.ballast.bench.tasks;

import org.jspecify.annotations.NullMarked;
