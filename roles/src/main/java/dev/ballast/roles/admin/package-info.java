/**
 * What a process answers about itself: health and metrics over HTTP, and everything else over a
 * Unix domain socket that only its owner can open. Start reading at {@link
 * dev.ballast.roles.admin.AdminSocket}.
 */
@NullMarked
package dev.ballast.roles.admin;

import org.jspecify.annotations.NullMarked;
