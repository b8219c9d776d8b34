/**
 * The whole truth about the certificates of a node: every one of them, wherever it is, with every
 * reason why it cannot be used. Start reading at {@link dev.ballast.certificates.report.Check}.
 */
@NullMarked
package dev.ballast.certificates.report;

import org.jspecify.annotations.NullMarked;
