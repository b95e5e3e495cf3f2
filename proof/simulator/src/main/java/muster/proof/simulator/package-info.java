/**
 * A cluster in one thread, with time and network made up, running the production protocol.
 *
 * <pre>
 *   Seed ──► Swarm (weather, faults) ──► Cluster ──► Agenda: next event ──► Node ──► Gossip.on(now, input, effects)
 *                                           ▲                                            │
 *                                           │            Network: loss, delay, copies ◄──┤ datagrams, streams: bytes
 *                                           └── Invariants: after every event ◄──────────┘ notices, views
 * </pre>
 *
 * One simulation belongs to one thread; several may run side by side. Nothing reads a clock or makes its own
 * randomness, so a seed replays a run to the last byte ({@link muster.proof.simulator.Trace}).
 */
@NullMarked
package muster.proof.simulator;

import org.jspecify.annotations.NullMarked;
