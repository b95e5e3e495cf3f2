package muster.supervisor;

/** What somebody asked of a service. */
public enum Wanted {
    UP,
    /** Up until its process ends, whatever its restart policy says. */
    ONCE,
    DOWN
}
