/**
 * Members as balancing and templates see them: what they announce, and the newest fleet of it.
 *
 * <pre>
 *   Node ──notices──► FleetKeeper ──► volatile Fleet
 *     └────members──► Announcements ──► templates
 * </pre>
 */
@NullMarked
package muster.agent.fleet;

import org.jspecify.annotations.NullMarked;
