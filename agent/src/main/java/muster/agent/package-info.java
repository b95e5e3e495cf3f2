/**
 * The program: sockets, clocks, files, configuration, RPC and the command line; wires the rooms.
 *
 * <pre>
 *   cli ──► Agent (node + seeds + RPC) ◄── run     (supervisor → tags)
 *                    │                 ◄── balance (members → fleet → proxy)
 *                    └── node ── gossip            pages (statistics)
 * </pre>
 *
 * {@link muster.agent.Agent} is what the three long-running commands have in common.
 */
@NullMarked
package muster.agent;

import org.jspecify.annotations.NullMarked;
