/** Programs that nobody here wrote, as the tests start them, and a stand-in for the kubelet. */
@NullMarked
package dev.ballast.certificates.peers;

import org.jspecify.annotations.NullMarked;
