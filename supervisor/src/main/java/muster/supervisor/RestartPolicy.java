package muster.supervisor;

/** What follows when a service's process ends by itself. */
public enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER
}
