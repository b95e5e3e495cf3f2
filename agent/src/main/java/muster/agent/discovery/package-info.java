/**
 * {@code -discover}: members of one network find each other by multicast DNS, with Serf's agents too. What goes over the wire
 * is in {@link muster.agent.discovery.DnsMessage}, what is asked and answered in {@link muster.agent.discovery.Announced}
 * and {@link muster.agent.discovery.Heard}, both without a socket; {@link muster.agent.discovery.Discovery} has the sockets
 * and the one thread. It finds addresses; that they are joined is the node's.
 */
@NullMarked
package muster.agent.discovery;

import org.jspecify.annotations.NullMarked;
