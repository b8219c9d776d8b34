/** Requests to an API server. Start reading at {@link KubeApi}. */
@NullMarked
package dev.ballast.bootstrap.api;

import org.jspecify.annotations.NullMarked;
