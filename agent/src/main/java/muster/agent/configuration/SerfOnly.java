package muster.agent.configuration;

/** Settings of Serf's that Muster does not have, and what to do instead. Flags and file keys, whoever has which. */
enum SerfOnly {
    DISCOVER("discover", "discover", "multicast discovery is not there; name a seed with -retry-join"),
    MDNS("", "mdns", "multicast discovery is not there; name a seed with retry_join"),
    STATSD_ADDR("", "statsd_addr", "metrics are not sent; read them from the pages of -stats or from 'muster info'"),
    STATSITE_ADDR(
            "", "statsite_addr", "metrics are not sent; read them from the pages of -stats or from 'muster info'"),
    DISABLE_COORDINATES("", "disable_coordinates", "coordinates are always kept; remove the key"),
    ENABLE_COMPRESSION("", "enable_compression", "compression is on; 'disable_compression: true' turns it off"),
    VALIDATE_NODE_NAMES("", "validate_node_names", "names that others may not take are warned of; remove the key");

    private final String flag;
    private final String key;
    private final String instead;

    SerfOnly(String flag, String key, String instead) {
        this.flag = flag;
        this.key = key;
        this.instead = instead;
    }

    /** Without dashes; empty when Serf has it in files only. */
    String flag() {
        return flag;
    }

    String key() {
        return key;
    }

    String instead() {
        return instead;
    }
}
