package muster.gossip;

import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.SerfMessage.Query;
import muster.gossip.wire.SerfMessage.Relay;

/** Queries, our own among them: each is told on and handed to {@link Answering} once; and answers for others are passed on. */
final class Queries {
    private final World world;
    private final Rumours rumours;
    private final LamportClock clock;
    private final Answering answering;
    private final Recent<Long> recent = new Recent<>(_ -> Long.BYTES, () -> {}); // all of them take less than the limit
    private long ignoredBefore;

    Queries(World world, Rumours rumours, LamportClock clock, Answering answering) {
        this.world = world;
        this.rumours = rumours;
        this.clock = clock;
        this.answering = answering;
    }

    void heard(Query query, Bytes encoded) {
        if (!clock.witness(query.time()) || query.time() < ignoredBefore) {
            return;
        }
        switch (recent.see(query.time(), query.id(), clock.time())) {
            case NEW -> {
                world.count("serf.queries");
                world.count("serf.queries." + query.name());
                if ((query.flags() & Query.NO_BROADCAST) == 0) {
                    rumours.query(encoded);
                }
                answering.heard(query);
            }
            case SEEN -> {
                world.count(Counter.QUERIES_SEEN_BEFORE);
                if ((query.flags() & Query.NO_BROADCAST) != 0) {
                    answering.heardAgain(query); // directed at us, who have not been heard then
                }
            }
            case TOO_OLD -> world.count(Counter.QUERIES_TOO_OLD);
            case TOO_MANY -> world.count(Counter.QUERIES_AT_ONE_TIME_LIMITED);
        }
    }

    /** One datagram in, one of the same size out: nobody can use us to send more than it sends itself. */
    void heard(Relay relay) {
        if (relay.inner().size() > rumours.longest()) {
            world.count(Counter.MESSAGES_TOO_LONG);
            return;
        }
        world.count(Counter.RELAYED);
        rumours.post().sendAlone(new Address(relay.address(), relay.port()), new Message.User(relay.inner()));
    }

    /** We had seen all up to {@code time} when we ended. */
    void recall(long time) {
        if (time > 0 && clock.witness(time)) {
            ignoredBefore = Math.max(ignoredBefore, time + 1);
        }
    }

    LamportClock clock() {
        return clock;
    }
}
