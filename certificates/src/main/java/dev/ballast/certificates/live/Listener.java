package dev.ballast.certificates.live;

import java.time.Instant;

/**
 * The process that listens at a port.
 *
 * @param name as the kernel has it, cut to 15 characters
 * @param started when it was started; whatever it reads only once is as old as this
 */
public record Listener(long pid, String name, Instant started) {}
