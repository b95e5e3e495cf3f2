package muster.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Counters;
import muster.agent.node.KeyringFile;
import muster.gossip.wire.Bytes;
import muster.supervisor.linux.FileTrouble;

/**
 * Writes a changed key ring where the next start reads it from, on threads of its own: the node does not wait for the disk.
 * Safe for use by any thread.
 */
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

    /** Does not wait. {@code done} hears the reason why they are not kept, empty where they are, on any thread. */
    void keep(List<Bytes> keys, Consumer<String> done) {
        if (file.isEmpty()) {
            done.accept("");
        } else {
            latest = keys;
            Thread.ofVirtual().name("keyring").start(() -> done.accept(write()));
        }
    }

    private String write() {
        synchronized (writing) {
            List<Bytes> keys = latest;
            try {
                KeyringFile.write(Path.of(file), keys);
                return "";
            } catch (IOException e) {
                counters.count("keyring-files-not-written");
                String error = "Failed to write keyring file: " + FileTrouble.of(e);
                Log.line(LogLevel.ERR, "agent: " + error + "; the keys hold, but a restart will read the old ones");
                return error;
            }
        }
    }

    /** What was to be kept by now is. */
    @Override
    public void close() {
        if (!latest.isEmpty()) {
            String _ = write();
        }
    }
}
