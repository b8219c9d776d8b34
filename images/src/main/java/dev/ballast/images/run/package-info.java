/** Steps that need namespaces: programs, copies into a root file system. */
@NullMarked
package dev.ballast.images.run;

import org.jspecify.annotations.NullMarked;
