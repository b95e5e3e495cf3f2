package muster.proof.system;

import java.util.ArrayList;
import java.util.List;

/** The ways in which members can talk; each must work between both makes. */
enum Wire {
    PLAIN("-disable-compression=true"),
    COMPRESSED("-disable-compression=false"),
    ENCRYPTED("-disable-compression=true", Wire.KEY),
    ENCRYPTED_COMPRESSED("-disable-compression=false", Wire.KEY);

    private static final String KEY = "-encrypt=KYFHNHA6tAP7g9VEuLLQjyvlkvTaLqDrBbsVRZ7S2Pc="; // 32 bytes: AES-256

    final List<String> flags;

    Wire(String... flags) {
        this.flags = List.of(flags);
    }

    String[] and(String... more) {
        var all = new ArrayList<>(flags);
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }
}
