/**
 * Membership as a pure core: SWIM with Lifeguard, and Serf's layer (intents, tags, clocks, coordinates) on it.
 *
 * <pre>
 *   Input ──► Gossip.on(now, input, effects) ──► Effect (send, open stream, write, notify …)
 *                      │
 *                      └── nextDeadline(): the one time at which it wants Input.Deadline
 * </pre>
 *
 * The shell (the agent, or the simulator) owns sockets, threads, clocks and randomness, and hands them in as arguments.
 * Nothing here blocks, throws on input from the network, or knows that a network exists.
 */
@NullMarked
package muster.gossip;

import org.jspecify.annotations.NullMarked;
