/**
 * {@code ballast registry}: serve, collect, list, copy and inspect. Start reading at {@link
 * dev.ballast.cli.registry.RegistryCommand}.
 */
@NullMarked
package dev.ballast.cli.registry;

import org.jspecify.annotations.NullMarked;
