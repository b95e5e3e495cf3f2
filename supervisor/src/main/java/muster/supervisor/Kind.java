package muster.supervisor;

/** What a service's process is for. */
public enum Kind {
    /** Runs until it is stopped; its end is an event that the restart policy answers. */
    LONGRUN,
    /** Does one thing and ends: with a success status it is done, and ready for those that depend on it. */
    ONESHOT
}
