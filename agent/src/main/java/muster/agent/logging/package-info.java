/**
 * Where log lines go: Serf-like lines to one stream, a ring of the latest ones for whoever asks later, and monitors that
 * follow. {@link muster.agent.logging.Loggers} makes every {@code System.Logger} of the process end here. Nobody who logs
 * ever waits for a reader: what cannot be taken at once is counted and dropped.
 */
@NullMarked
package muster.agent.logging;

import org.jspecify.annotations.NullMarked;
