/**
 * Serf's events, as streams and handlers know them: what a notice of the core is in Serf's words
 * ({@link muster.agent.event.ClusterEvent}), and who wants to hear it ({@link muster.agent.event.EventFilter}).
 */
@NullMarked
package muster.agent.event;

import org.jspecify.annotations.NullMarked;
