package muster.gossip;

/**
 * One reading of what memberlist and Serf measure, under the name that they have for it: what people have on their
 * dashboards.
 *
 * @param value bytes, milliseconds or a number, as the name says
 */
public record Figure(Kind kind, String name, double value) {
    /** What a collector makes of many readings. */
    public enum Kind {
        /** It adds them up. */
        COUNT,
        /** It tells how they are spread. */
        SAMPLE,
        /** The last one counts. */
        GAUGE,
        /** A sample of the milliseconds since the input came in: the shell knows them, the core has no clock of its own. */
        TOOK
    }

    public static Figure count(String name, double by) {
        return new Figure(Kind.COUNT, name, by);
    }

    public static Figure sample(String name, double value) {
        return new Figure(Kind.SAMPLE, name, value);
    }

    public static Figure gauge(String name, double value) {
        return new Figure(Kind.GAUGE, name, value);
    }

    /** A sample of a time. */
    public static Figure time(String name, long nanos) {
        return sample(name, nanos / 1e6);
    }
}
