/**
 * Sends figures to those who collect them, as Serf's agent does: the core's and those of the agent's parts, under Serf's
 * names, as text of statsd over UDP or TCP. Any thread hands a figure in and never waits; what a collector does not take
 * is lost and counted.
 */
@NullMarked
package muster.agent.telemetry;

import org.jspecify.annotations.NullMarked;
