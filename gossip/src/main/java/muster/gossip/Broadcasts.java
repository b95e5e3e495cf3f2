package muster.gossip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Messages waiting to be told to others, each a limited number of times. Those told least come first, then the longest
 * (they are the hardest to fit), then the newest.
 */
final class Broadcasts {
    /** About 40 s of churn at 10,000 members; Serf drops the oldest above the same number. */
    static final int WAITING_MAX = 4_096;

    /** Above this many the log says so: Serf's threshold, text and interval, so that people's alarms go on working. */
    static final int WAITING_NOTEWORTHY = 128;

    private static final long NOTED_EVERY_NANOS = 30_000_000_000L;

    private final String name;
    private final World world;
    private final TreeSet<Waiting> waiting = new TreeSet<>();
    private final Map<String, Waiting> bySubject = new HashMap<>();
    private long arrivals;
    private long notedAgainNanos = Long.MIN_VALUE;

    /** @param name what waits here, for the log: "Intent" */
    Broadcasts(String name, World world) {
        this.name = name;
        this.world = world;
    }

    /** One message and how often it went out. Its place in the order changes only while it is out of the set. */
    private static final class Waiting implements Comparable<Waiting> {
        final Bytes message;
        final @Nullable String subject;
        final @Nullable Runnable finished;
        final long arrival;
        final int length;
        int sent;
        int gossiped;

        Waiting(Bytes message, @Nullable String subject, @Nullable Runnable finished, long arrival) {
            this.message = message;
            this.subject = subject;
            this.finished = finished;
            this.arrival = arrival;
            this.length = message.size();
        }

        /** A mark in the order, before all messages of this length: for searching only. */
        Waiting(int sent, int length) {
            this.message = Bytes.EMPTY;
            this.subject = null;
            this.finished = null;
            this.arrival = Long.MAX_VALUE;
            this.length = length;
            this.sent = sent;
        }

        @Override
        public int compareTo(Waiting other) {
            int bySent = Integer.compare(sent, other.sent);
            if (bySent != 0) {
                return bySent;
            }
            int byLength = Integer.compare(other.length, length);
            return byLength != 0 ? byLength : Long.compare(other.arrival, arrival);
        }
    }

    /**
     * Queues a message. An older one about the same {@code subject} is overtaken and dropped. {@code finished} runs when
     * the message was told often enough, was overtaken, or fell to the limit.
     */
    void add(Bytes message, @Nullable String subject, @Nullable Runnable finished) {
        var added = new Waiting(message, subject, finished, arrivals++);
        if (subject != null) {
            Waiting overtaken = bySubject.put(subject, added);
            if (overtaken != null) {
                waiting.remove(overtaken);
                finish(overtaken);
            }
        }
        waiting.add(added);
        if (waiting.size() > WAITING_NOTEWORTHY && world.now() >= notedAgainNanos) {
            notedAgainNanos = world.now() + NOTED_EVERY_NANOS;
            world.warn("serf: " + name + " queue depth: " + waiting.size());
        }
        if (waiting.size() > WAITING_MAX) {
            world.count(Counter.BROADCASTS_LIMITED);
            drop(waiting.last());
        }
    }

    /**
     * Hands messages to {@code taken} until nothing more fits into {@code budget} bytes or {@code partsMax} parts, each
     * costing {@code overhead} bytes on top, and gives the bytes used. A message told {@code limit} times is finished.
     * {@code gossip}: a round of gossip, which alone counts in full; what rides along on pings often goes to the same
     * peers again, so it counts half.
     */
    int take(int budget, int partsMax, int overhead, int limit, boolean gossip, Consumer<Bytes> taken) {
        if (waiting.isEmpty()) {
            return 0;
        }
        List<Waiting> chosen = new ArrayList<>();
        int used = 0;
        Waiting candidate = waiting.first();
        while (candidate != null && chosen.size() < partsMax) {
            int room = budget - used - overhead;
            if (candidate.length <= room) {
                chosen.add(candidate);
                used += candidate.length + overhead;
                candidate = waiting.higher(candidate);
            } else {
                candidate = fitting(candidate.sent, room);
            }
        }
        for (Waiting one : chosen) {
            taken.accept(one.message);
            told(one, limit, gossip);
        }
        return used;
    }

    /** The first message of at most {@code room} bytes among those told {@code sent} times or more. */
    private @Nullable Waiting fitting(int sent, int room) {
        Waiting found = waiting.ceiling(new Waiting(sent, room));
        // Too long means that it leads a later tier: look further down in that one.
        while (found != null && found.length > room) {
            found = waiting.ceiling(new Waiting(found.sent, room));
        }
        return found;
    }

    private void told(Waiting one, int limit, boolean gossip) {
        waiting.remove(one);
        one.sent++;
        one.gossiped += gossip ? 1 : 0;
        if (one.gossiped >= limit || one.sent >= 2 * limit) {
            forget(one);
            finish(one);
        } else {
            waiting.add(one);
        }
    }

    private void drop(Waiting one) {
        waiting.remove(one);
        forget(one);
        finish(one);
    }

    private void forget(Waiting one) {
        if (one.subject != null) {
            bySubject.remove(one.subject, one);
        }
    }

    private static void finish(Waiting one) {
        if (one.finished != null) {
            one.finished.run();
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    void clear() {
        waiting.clear();
        bySubject.clear();
    }
}
