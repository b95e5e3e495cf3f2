/**
 * An app as a member: the supervisor keeps it running, its tags say when it is ready.
 *
 * <pre>
 *   Supervisor ──ready / unready / draining / gone──► Announcer ──svc.* tags──► Agent ──► gossip
 * </pre>
 */
@NullMarked
package muster.agent.run;

import org.jspecify.annotations.NullMarked;
