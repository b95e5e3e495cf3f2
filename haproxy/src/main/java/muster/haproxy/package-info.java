/**
 * How a file becomes a running HAProxy: the cheapest safe step from what runs to what was rendered.
 *
 * <pre>
 *   text that runs, text rendered now ──► ConfigText ─┐
 *                                                     ├──► Planner ──► Plan: commands, or a reload and why
 *   show servers state ──────────────► RunningServers ┘                   │
 *                                                                     RuntimeApi ──► HAProxy's socket
 * </pre>
 *
 * What is planned is read off the rendered text itself, whoever wrote its template: where two texts differ in servers
 * alone, the servers' own lines say what to tell HAProxy; any other difference is a reload. What HAProxy refuses is a
 * reload too, so the file always has the last word. All but {@link muster.haproxy.RuntimeApi} is pure.
 */
@NullMarked
package muster.haproxy;

import org.jspecify.annotations.NullMarked;
