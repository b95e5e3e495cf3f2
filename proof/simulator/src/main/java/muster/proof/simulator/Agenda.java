package muster.proof.simulator;

import java.util.PriorityQueue;

/** What is to happen, by virtual time and then by the order in which it was planned. */
final class Agenda {
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long planned;
    private long nowNanos;

    private record Event(long atNanos, long order, Runnable happen) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    long now() {
        return nowNanos;
    }

    /** Plans something; a time that has passed means now, after what is planned for now already. */
    void at(long nanos, Runnable happen) {
        events.add(new Event(Math.max(nanos, nowNanos), planned++, happen));
    }

    void after(long nanos, Runnable happen) {
        at(nowNanos + nanos, happen);
    }

    /** Lets the next event happen if it is due by {@code limitNanos}; false, and no time passes, when none is. */
    boolean step(long limitNanos) {
        Event next = events.peek();
        if (next == null || next.atNanos > limitNanos) {
            return false;
        }
        events.remove();
        nowNanos = next.atNanos;
        next.happen.run();
        return true;
    }

    /** Time passes up to here, whether something happens or not. */
    void passTo(long nanos) {
        nowNanos = Math.max(nowNanos, nanos);
    }
}
