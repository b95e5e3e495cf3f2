/**
 * Runs services: one event-loop thread feeds the pure machines of {@code muster.supervisor} and carries out what they
 * say through {@code muster.supervisor.linux}; probes run on virtual threads. No decisions of its own.
 */
@NullMarked
package muster.supervisor.runner;

import org.jspecify.annotations.NullMarked;
