/**
 * The front door for s6: reads an s6-overlay v1 tree, unchanged, into the same services that everything else here is
 * made of, and shows each of them to s6's own tools.
 *
 * <pre>
 *   /etc/services.d/web/run, finish, …  ── ServiceDirectory ──►  ServiceSpec  ──►  Supervisor
 *   s6-svc, s6-svstat, s6-svwait        ◄── ControlFiles ◄──────  what became of it
 *   fix-attrs.d, cont-init.d, cont-finish.d ── Tree: in order, around the services
 * </pre>
 *
 * Decides nothing about the life of a service: that is the machine's. Never executes anything from the run directory,
 * which may be mounted noexec; scripts there are read by their interpreters.
 */
@NullMarked
package muster.supervisor.s6;

import org.jspecify.annotations.NullMarked;
