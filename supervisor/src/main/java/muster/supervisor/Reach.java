package muster.supervisor;

/** Whom signals to a service reach. */
public enum Reach {
    /**
     * Every process in the group of the service. What is left of the group when the service's own process has ended is
     * ended too, before the service counts as down or is started again.
     */
    GROUP,
    /** The stop signals reach its own process, KILL after the time-out its group. What it leaves behind is left alone. */
    MIXED,
    /** Its own process only, as in s6. What it leaves behind is left alone. */
    PROCESS
}
