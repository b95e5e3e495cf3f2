/**
 * The edge to Linux, and the only native code of the program: starts processes, reaps them, signals them.
 *
 * <pre>
 *   start ──► spawner thread ── posix_spawn ──┐ one lock: started and registered, or reaped, never between
 *   exits ◄── reaper thread  ── waitid ───────┘
 * </pre>
 *
 * Decides nothing about services. Owns every child of this JVM: the JDK's own {@code ProcessBuilder} must not be used
 * beside it, because the two would take each other's exit statuses.
 */
@NullMarked
package muster.supervisor.linux;

import org.jspecify.annotations.NullMarked;
