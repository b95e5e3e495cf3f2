/**
 * Statistics for people and programs: one HTML page without script, and the same as JSON. Reads, never changes anything.
 * Everything that came from the network is escaped.
 */
@NullMarked
package muster.agent.pages;

import org.jspecify.annotations.NullMarked;
