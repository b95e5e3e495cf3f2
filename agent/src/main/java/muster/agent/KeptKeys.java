package muster.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Counters;
import muster.agent.node.KeyringFile;
import muster.gossip.wire.Bytes;

/** Writes a changed key ring where the next start reads it from. Nobody waits for the disk. Safe for use by any thread. */
final class KeptKeys implements AutoCloseable {
    private final String file;
    private final Counters counters;
    private final Object writing = new Object();
    private volatile List<Bytes> latest = List.of();

    /** {@code file}: empty when the ring is kept in memory only, as Serf does with {@code -encrypt}. */
    KeptKeys(String file, Counters counters) {
        this.file = file;
        this.counters = counters;
    }

    void keep(List<Bytes> keys) {
        if (!file.isEmpty()) {
            latest = keys;
            Thread.ofVirtual().name("keyring").start(this::write);
        }
    }

    private void write() {
        synchronized (writing) {
            List<Bytes> keys = latest;
            try {
                KeyringFile.write(Path.of(file), keys);
            } catch (IOException e) {
                counters.count("keyring-files-not-written");
                Log.line(
                        LogLevel.ERR,
                        "agent: Failed to write keyring file " + file + ": " + e
                                + "; the keys hold, but a restart will read the old ones");
            }
        }
    }

    /** What was to be kept by now is. */
    @Override
    public void close() {
        if (!latest.isEmpty()) {
            write();
        }
    }
}
