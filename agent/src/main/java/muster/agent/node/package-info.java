/**
 * The world around one {@link muster.gossip.Gossip}: sockets, a clock, a thread. It obeys the core's effects in one switch
 * and decides nothing about membership.
 *
 * <pre>
 *   UDP, TCP ──► Node (one thread, one selector) ──► Gossip.on ──► effects ──► UDP, TCP
 *                  ▲            │                                     └──────► notices ──► listeners (on that thread)
 *   tell(Input) ───┘            └──► members(): an immutable view for every other thread
 *   Seeds (a thread of its own): resolves names, joins for ever, heals
 * </pre>
 */
@NullMarked
package muster.agent.node;

import org.jspecify.annotations.NullMarked;
