/** Why a control plane or a kubelet does not come up. Start reading at {@link Diagnosis}. */
@NullMarked
package dev.ballast.bootstrap.diagnosis;

import org.jspecify.annotations.NullMarked;
