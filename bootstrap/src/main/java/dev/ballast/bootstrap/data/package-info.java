/** Plain values of YAML and JSON, and how Kubernetes writes them. Start reading at {@link Data}. */
@NullMarked
package dev.ballast.bootstrap.data;

import org.jspecify.annotations.NullMarked;
