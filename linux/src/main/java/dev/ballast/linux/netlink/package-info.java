/**
 * Links, addresses, routes and neighbours over rtnetlink. Start at {@link
 * dev.ballast.linux.netlink.RouteSocket}.
 */
@NullMarked
package dev.ballast.linux.netlink;

import org.jspecify.annotations.NullMarked;
