/** Ballast's queues for code that is typed to JCTools' {@code MessagePassingQueue}. */
@NullMarked
package dev.ballast.queues.jctools;

import org.jspecify.annotations.NullMarked;
