/**
 * Go's text/template over maps, lists and scalars, for {@code -o go-template}: the functions of Go
 * and those that kubectl adds. Start reading at {@link
 * dev.ballast.certificates.output.gotemplate.GoTemplate}.
 */
@NullMarked
package dev.ballast.certificates.output.gotemplate;

import org.jspecify.annotations.NullMarked;
