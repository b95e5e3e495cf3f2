/**
 * The output of services, from a pipe to wherever it shall go: cut into lines, cleaned, stamped.
 *
 * <pre>
 *   service ──pipe──► LogPump (a thread each) ──► LineCutter ──► console | files | syslog
 * </pre>
 *
 * The pipe is kept open by us: it holds what was written while nobody reads. Console and files are waited for, and the
 * service with them when its pipe is full; a syslog receiver is not.
 */
@NullMarked
package muster.supervisor.logs;

import org.jspecify.annotations.NullMarked;
