/**
 * What an agent remembers across restarts, in Serf's own text format: who was alive, and how far the Lamport clocks had
 * come. {@link muster.agent.snapshot.Journal} decides which lines are written, {@link muster.agent.snapshot.SnapshotReader}
 * reads them, {@link muster.agent.snapshot.Snapshot} is the thread with the file. Nobody ever waits for the disk.
 */
@NullMarked
package muster.agent.snapshot;

import org.jspecify.annotations.NullMarked;
