/**
 * How {@code muster svc} reaches the services of a running {@code muster run} or {@code muster init} on the same machine.
 *
 * <pre>
 *   muster svc ──► ControlClient ── /run/muster/PID.sock ──► ControlServer ──► who knows the services
 * </pre>
 *
 * Who may open the socket may command: the directory is 0700 and the socket 0600, nothing else is asked. A request is one
 * line, words that each end with NUL; the answer is {@code ok} or a refusal on its first line, and then what is to be
 * printed. Not Serf's RPC, because a service needs no cluster, and because a key would be needed where the file system
 * says it already.
 */
@NullMarked
package muster.agent.control;

import org.jspecify.annotations.NullMarked;
