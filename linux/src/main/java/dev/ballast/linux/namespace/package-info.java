/**
 * Kernel namespaces: make, name, open, enter. Start at {@link
 * dev.ballast.linux.namespace.Namespace}.
 */
@NullMarked
package dev.ballast.linux.namespace;

import org.jspecify.annotations.NullMarked;
