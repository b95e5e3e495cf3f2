/**
 * From members to traffic.
 *
 * <pre>
 *   Announcement* ──► FleetBuilder ──► Fleet (immutable, versioned) ──► Picker ──► Backend
 *                                                                         ▲
 *                            proxy: started / answered / failed ──────────┘ (the backend's own Load and Health)
 * </pre>
 *
 * A {@link muster.balancing.Backend} object lives as long as its node announces the service, across fleet versions, so
 * that counts and evidence survive changes elsewhere. Knows no socket, thread, clock or file; time is an argument.
 */
@NullMarked
package muster.balancing;

import org.jspecify.annotations.NullMarked;
