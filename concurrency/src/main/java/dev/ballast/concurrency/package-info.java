/** Tasks wired to OS threads, suspension of live tasks, lock-free queues. */
@NullMarked
package dev.ballast.concurrency;

import org.jspecify.annotations.NullMarked;
