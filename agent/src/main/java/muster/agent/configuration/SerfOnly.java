package muster.agent.configuration;

/** Settings of Serf's that Muster does not have, and what to do instead. Keys of files: all of its flags are there. */
enum SerfOnly {
    MDNS("mdns", "multicast discovery uses the interface of 'interface', else all; remove the key"),
    DISABLE_COORDINATES("disable_coordinates", "coordinates are always kept; remove the key"),
    ENABLE_COMPRESSION("enable_compression", "compression is on; 'disable_compression: true' turns it off"),
    VALIDATE_NODE_NAMES("validate_node_names", "names that others may not take are warned of; remove the key");

    private final String key;
    private final String instead;

    SerfOnly(String key, String instead) {
        this.key = key;
        this.instead = instead;
    }

    String key() {
        return key;
    }

    /** What to do instead of the key; empty for one that is none of these. */
    static String instead(String key) {
        for (SerfOnly each : values()) {
            if (each.key.equals(key)) {
                return each.instead;
            }
        }
        return "";
    }

    /** Debian's serf reads it and does nothing, so whoever has it in a file misses nothing here. */
    static boolean isWithoutEffect(String key) {
        return key.equals(DISABLE_COORDINATES.key) || key.equals(ENABLE_COMPRESSION.key);
    }
}
