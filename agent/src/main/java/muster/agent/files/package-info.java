/**
 * The small files that an agent keeps beside itself: JSON as Serf writes it, only for our own eyes, replaced as a whole so
 * that a crash leaves the old or the new one.
 */
@NullMarked
package muster.agent.files;

import org.jspecify.annotations.NullMarked;
