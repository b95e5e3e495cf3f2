package muster.supervisor;

/**
 * A soft limit, which counts, and a hard one, up to which the process itself may raise it.
 *
 * @param soft in the unit of its {@link Resource}, or {@link #UNLIMITED}
 * @param hard likewise, not below the soft one
 */
public record Limit(long soft, long hard) {
    public static final long UNLIMITED = Long.MAX_VALUE;

    public Limit {
        if (soft < 0 || hard < soft) {
            throw new IllegalArgumentException("limit " + soft + " must be from 0 to its hard limit, which is " + hard);
        }
    }

    /** Both. */
    public static Limit of(long both) {
        return new Limit(both, both);
    }
}
