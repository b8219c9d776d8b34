/** {@code ballast lb}: addresses for LoadBalancer services. Start reading at LbCommand. */
@NullMarked
package dev.ballast.cli.lb;

import org.jspecify.annotations.NullMarked;
