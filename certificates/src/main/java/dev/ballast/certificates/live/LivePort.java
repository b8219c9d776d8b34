package dev.ballast.certificates.live;

import java.util.Optional;

/** An endpoint as it was found, with the process behind it where it could be seen. */
public record LivePort(Endpoint endpoint, Freshness freshness, Optional<Listener> listener) {}
