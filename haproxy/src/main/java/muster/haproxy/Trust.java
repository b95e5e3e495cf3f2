package muster.haproxy;

/** What membership thinks of whoever is behind a server line, the best first. */
enum Trust {
    /** Alive, or nobody that membership knows of: a line that somebody wrote by hand. */
    READY,
    SUSPECT,
    /** Its node says that it fails its checks. */
    UNREADY,
    /** It asked for no new requests. */
    DRAINING,
    /** It was there when the text was rendered, and is not any more. */
    GONE
}
