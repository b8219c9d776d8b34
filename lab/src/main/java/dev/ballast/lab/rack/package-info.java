/** A rack as data, and the plan of what has to be made for it. Nothing here touches a machine. */
@NullMarked
package dev.ballast.lab.rack;

import org.jspecify.annotations.NullMarked;
