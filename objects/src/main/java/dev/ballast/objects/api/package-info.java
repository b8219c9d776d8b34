/**
 * A home of objects that is a Kubernetes API. Start at {@link dev.ballast.objects.api.ApiStore}.
 * Only this package knows the client library.
 */
@NullMarked
package dev.ballast.objects.api;

import org.jspecify.annotations.NullMarked;
