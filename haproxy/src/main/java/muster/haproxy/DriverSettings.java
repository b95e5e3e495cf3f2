package muster.haproxy;

import java.nio.file.Path;
import java.time.Duration;
import muster.templating.target.Target;

/**
 * Where a driver works.
 *
 * @param target HAProxy's file. Its quiet time is the shortest one between two reloads, or two writes of the file; commands
 *     are given at once
 * @param socket of HAProxy's master
 * @param state for {@code server-state-file}: what a reload would forget
 * @param oldWorkers how long a worker that was replaced may have connections at most; the configuration can say less
 */
public record DriverSettings(Target target, Path socket, Path state, Duration oldWorkers) {}
