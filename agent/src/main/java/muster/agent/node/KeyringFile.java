package muster.agent.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.ClusterKey;
import muster.agent.configuration.FileReader;
import muster.agent.files.Json;
import muster.agent.files.StateFile;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.gossip.wire.Bytes;
import muster.supervisor.linux.FileTrouble;

/** Serf's key ring file: a JSON list of keys in base64, of which the first one encrypts. */
public final class KeyringFile {
    private KeyringFile() {}

    /** On return they are on the disk, for its owner only. */
    public static void write(Path path, List<Bytes> keys) throws IOException {
        StateFile.write(path, Json.pretty(json -> {
            json.writeStartArray();
            keys.forEach(key -> json.writeString(ClusterKey.encode(key)));
            json.writeEndArray();
        }));
    }

    /** Throws {@link CannotStart} with the remedy. */
    static List<Bytes> read(Path path) throws CannotStart {
        try {
            var keys = new ArrayList<Bytes>();
            for (String text : FileReader.texts(path, "-keyring-file")) {
                keys.add(ClusterKey.decode(text));
            }
            if (keys.isEmpty()) {
                throw new CannotStart("Keyring file contains no keys: " + path + "; 'muster keygen' makes one");
            }
            if (StateFile.isOpenToOthers(path)) {
                Log.line(LogLevel.WARN, "agent: others can read the keys in " + path + "; chmod 600 it");
            }
            Log.line(LogLevel.INFO, "agent: Restored keyring with " + keys.size() + " keys from " + path);
            return keys;
        } catch (IOException e) {
            throw new CannotStart("Failed to read keyring file: " + FileTrouble.of(e));
        } catch (BadConfiguration e) {
            throw new CannotStart("Failed to read keyring file: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new CannotStart("Failed to decode key from keyring: " + path + ": " + e.getMessage());
        }
    }
}
