/**
 * A balancer: what membership says becomes a fleet, the proxy reads it, and what the proxy sees fail is probed at once.
 *
 * <pre>
 *   Node ──notices──► FleetKeeper ──► volatile Fleet ──► Proxy
 *     ▲                                                   │
 *     └───────────────── ProbeNow ◄──── Evidence ─────────┘
 * </pre>
 */
@NullMarked
package muster.agent.balance;

import org.jspecify.annotations.NullMarked;
