package muster.balancing;

/**
 * What the announcements say of a backend: the opinion that comes from outside.
 *
 * @param state READY, SUSPECT, UNREADY, DRAINING or GONE
 * @param reason a sentence
 * @param sinceNanos when that state began
 */
record Standing(Backend.State state, String reason, long sinceNanos, String protocol, String checkPath, int weight) {

    /** Whether somebody asks it for its health: a check path says how, but means something to HTTP only. */
    boolean isChecked() {
        return protocol.equals("http") && !checkPath.isEmpty();
    }

    boolean saysTheSameAs(Standing other) {
        return state == other.state && reason.equals(other.reason) && !differsInKindFrom(other);
    }

    boolean differsInKindFrom(Standing other) {
        return weight != other.weight || !protocol.equals(other.protocol) || !checkPath.equals(other.checkPath);
    }

    Standing since(long nanos) {
        return new Standing(state, reason, nanos, protocol, checkPath, weight);
    }
}
