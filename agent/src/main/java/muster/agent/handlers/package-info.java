/**
 * Event handlers: scripts that are run for events, as Serf runs them. What a script is told is in
 * {@link muster.agent.handlers.Call}, whose data reach it by environment and standard input only: no word of it becomes
 * part of a command. Each script has a queue and a thread ({@link muster.agent.handlers.Line}), so its events come in
 * order, and a slow one holds up no other. {@link muster.agent.handlers.Handlers} hears the node and fills the queues;
 * {@link muster.agent.handlers.Lull} holds events back as Serf does, for who wants that.
 */
@NullMarked
package muster.agent.handlers;

import org.jspecify.annotations.NullMarked;
