/**
 * One way for every long-running part to start, stop, report health and serve. Start reading at
 * {@link dev.ballast.roles.Role} and {@link dev.ballast.roles.RoleProcess}.
 */
@NullMarked
package dev.ballast.roles;

import org.jspecify.annotations.NullMarked;
