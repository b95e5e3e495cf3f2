/**
 * A balancer: what membership says becomes a fleet, a data plane follows it, and what that one sees fail is probed at once.
 *
 * <pre>
 *   fleet.FleetKeeper ──► Fleet ──► Proxy (ours)                             ──┐
 *   members ──► template ──► haproxy.Driver ──► HAProxy, a supervised child  ──┴──► ProbeRequests ──► Node
 * </pre>
 */
@NullMarked
package muster.agent.balance;

import org.jspecify.annotations.NullMarked;
