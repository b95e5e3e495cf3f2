package muster.gossip;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.gossip.wire.Bytes;

/** Everything the outside world can tell the protocol. */
public sealed interface Input {
    /** A datagram arrived. {@code from} is what the socket saw, in 4 or 16 bytes. */
    record Datagram(Address from, Bytes payload) implements Input {}

    /** The system refused to send a datagram to {@code to}: counts as a failed probe of whoever lives there. */
    record DatagramRefused(Address to) implements Input {}

    /** A peer opened a stream to us. The shell numbers accepted streams downwards from -1. */
    record StreamAccepted(long stream, Address from) implements Input {}

    /** A stream that {@link Effect.OpenStream} asked for is connected. */
    record StreamConnected(long stream) implements Input {}

    record StreamBytes(long stream, Bytes bytes) implements Input {}

    /**
     * The peer closed its side, or the stream broke or never connected ({@code reason} says which; empty for a clean end).
     * The stream is over for both: the shell closes what is left of it, no {@link Effect.CloseStream} follows.
     */
    record StreamClosed(long stream, String reason) implements Input {}

    /** {@link Gossip#nextDeadline()} has come. Early or spurious ones do no harm. */
    record Deadline() implements Input {}

    /**
     * Exchange state with whoever answers at {@code address}. Answered by {@link Notice.JoinEnded} with the same
     * {@code reference}. {@code ignoreOldEvents}: do not replay user events that happened before.
     */
    record Join(long reference, Address address, boolean ignoreOldEvents) implements Input {}

    /** Leave for good: intent, then dead, then {@link Notice.LeaveEnded}. Further inputs are ignored afterwards. */
    record Leave() implements Input {}

    /**
     * What our clocks had reached before a restart, so that they never go back: user events and queries up to those times
     * are old news. To be told before anything else; 0 where nothing is remembered.
     */
    record Recall(long time, long eventTime, long queryTime) implements Input {}

    /** Replace our tags. Over {@link muster.gossip.wire.Message#META_BYTES_MAX} bytes: refused by {@link Notice.TagsRefused}, nothing changes. */
    record SetTags(SortedMap<String, String> tags) implements Input {}

    /** The data plane saw {@code member} fail: probe it now, not at its turn. */
    record ProbeNow(String member) implements Input {}

    /** Turn a failed member into a left one; with {@code prune} also forget it at once. */
    record ForceLeave(String member, boolean prune) implements Input {}

    /**
     * Ask all, or some: those of {@code nodes} (none given: all) whose tags hold each expression in {@code tags} (RE2, found
     * anywhere in the value). Answered by {@link Notice.QueryAcked} (if {@code ack}), {@link Notice.QueryAnswered} and at
     * last {@link Notice.QueryEnded}, or by {@link Notice.QueryRefused}, all with this {@code reference}.
     *
     * @param relayFactor how many others pass each answer on as well, 0 to 255
     * @param timeout zero: as long as a round through the cluster takes; a day at most
     */
    record Ask(
            long reference,
            String name,
            Bytes payload,
            List<String> nodes,
            SortedMap<String, String> tags,
            boolean ack,
            int relayFactor,
            Duration timeout)
            implements Input {
        public Ask {
            nodes = List.copyOf(nodes);
            tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
            if (relayFactor < 0 || relayFactor > 255) {
                throw new IllegalArgumentException("a relay factor of " + relayFactor + ": use 0 to 255");
            }
            if (timeout.isNegative()) {
                throw new IllegalArgumentException("a query timeout of " + timeout + ": it must not be negative");
            }
        }
    }

    /**
     * Install, use, remove or list encryption keys everywhere; {@code key} is empty for listing. Answered by
     * {@link Notice.KeyReply} and {@link Notice.QueryEnded}, or by {@link Notice.QueryRefused}.
     */
    record AskAboutKeys(long reference, KeyChange change, Bytes key) implements Input {}

    /** Nobody waits any more for what comes of the query with that reference: it ends now, if it still runs. */
    record EndQuery(long reference) implements Input {}

    /**
     * The keys of {@link Notice.KeysChanged} are where the next start reads them, or are not, with the reason why. Answers
     * the query that changed them.
     */
    record KeysKept(long query, String error) implements Input {}

    /** What can be done with a key. */
    enum KeyChange {
        INSTALL,
        USE,
        REMOVE,
        LIST;

        /** The name of Serf's query for it. */
        String query() {
            return switch (this) {
                case INSTALL -> "_serf_install-key";
                case USE -> "_serf_use-key";
                case REMOVE -> "_serf_remove-key";
                case LIST -> "_serf_list-keys";
            };
        }
    }

    /** Answers the query that {@link Notice.QueryHeard} numbered so; once. Refused by {@link Notice.AnswerRefused}. */
    record Answer(long query, Bytes payload) implements Input {}

    /** Send a user event to all. Over the size limit: refused by {@link Notice.EventRefused}. */
    record SendEvent(String name, Bytes payload, boolean coalesce) implements Input {}
}
