package muster.supervisor;

/** What else follows when a service has failed for good: not started, given up, or ended badly and not to be restarted. */
public enum OnFailed {
    /** The others go on. */
    IGNORE,
    /** Those that depend on it, directly or not, are stopped. */
    STOP_DEPENDENTS,
    /** All are stopped in order, and the program exits with the code of this service. */
    EXIT
}
