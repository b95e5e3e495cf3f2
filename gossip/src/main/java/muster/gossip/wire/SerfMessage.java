package muster.gossip.wire;

import java.util.List;
import java.util.SortedMap;

/** One Serf message: the payload of {@link Message.User}, or the user state of {@link Message.PushPull}. Times are Lamport times. */
public sealed interface SerfMessage {
    record Leave(long time, String node, boolean prune) implements SerfMessage {}

    record Join(long time, String node) implements SerfMessage {}

    /** The user state of a push/pull. {@code events} holds only the slots that were not nil. */
    record State(
            long time,
            SortedMap<String, Long> statusTimes,
            List<String> leftMembers,
            long eventTime,
            List<EventsAt> events,
            long queryTime)
            implements SerfMessage {}

    /** All user events of one Lamport time. */
    record EventsAt(long time, List<NamedPayload> events) {}

    record NamedPayload(String name, Bytes payload) {}

    record UserEvent(long time, String name, Bytes payload, boolean coalesce) implements SerfMessage {}

    record Query(
            long time,
            long id,
            Bytes address,
            int port,
            String sourceNode,
            List<Bytes> filters,
            long flags,
            int relayFactor,
            long timeoutNanos,
            String name,
            Bytes payload)
            implements SerfMessage {
        public static final long ACK = 1;
        public static final long NO_BROADCAST = 2;

        /** The same for one member alone, which tells nobody else, when so much time is left. */
        public Query directed(long timeLeftNanos) {
            return new Query(
                    time,
                    id,
                    address,
                    port,
                    sourceNode,
                    filters,
                    flags | NO_BROADCAST,
                    relayFactor,
                    timeLeftNanos,
                    name,
                    payload);
        }
    }

    record QueryResponse(long time, long id, String from, long flags, Bytes payload) implements SerfMessage {
        public static final long ACK = 1;
    }

    /** Please pass {@code inner} (a whole Serf message) on to this address as a user message. */
    record Relay(Bytes address, int port, String zone, String node, Bytes inner) implements SerfMessage {}
}
