package muster.gossip;

import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.KeyCodec;

/** What happened, for whoever listens. Members appear as they are after the change. */
public sealed interface Notice {
    /** The list of members has changed in this one. */
    sealed interface OfMember extends Notice {
        Member member();
    }

    record MemberJoined(Member member) implements OfMember {}

    /** Tags, address or protocol versions changed. */
    record MemberUpdated(Member member) implements OfMember {}

    /** No answer yet; not announced by Serf. Traffic should move away now. */
    record MemberSuspected(Member member, String by) implements OfMember {}

    /** A suspected member answered. */
    record MemberRefuted(Member member) implements OfMember {}

    /** A leave intent was seen: still alive, about to go (Serf's status "leaving"). */
    record MemberLeaving(Member member) implements OfMember {}

    /** {@code forced}: a failed member was turned into a left one by an operator. */
    record MemberLeft(Member member, boolean forced) implements OfMember {}

    record MemberFailed(Member member) implements OfMember {}

    /** Forgotten: no longer in the list of members. */
    record MemberReaped(Member member) implements OfMember {}

    record UserEventSeen(long time, String name, Bytes payload, boolean coalesce) implements Notice {}

    /** Someone asks us, perhaps we ourselves; {@link Input.Answer} with this number answers, until {@code timeoutNanos} from now. */
    record QueryHeard(long query, long time, String name, Bytes payload, String source, long timeoutNanos)
            implements Notice {}

    /** {@code from} was reached by our query; once per member. */
    record QueryAcked(long reference, String from) implements Notice {}

    /** What {@code from} says to our query; once per member. */
    record QueryAnswered(long reference, String from, Bytes payload) implements Notice {}

    /** What {@code from} did about a key. */
    record KeyReply(long reference, String from, KeyCodec.Reply reply) implements Notice {}

    /** Nothing more comes: all {@code expected} have answered, or the time is up. */
    record QueryEnded(long reference, int expected, int acks, int answers) implements Notice {}

    record QueryRefused(long reference, String reason) implements Notice {}

    record AnswerRefused(long query, String reason) implements Notice {}

    /**
     * An operator changed our keys by that query, the first one seals; to be kept where they are read from at the next start,
     * and then to be answered by {@link Input.KeysKept}.
     */
    record KeysChanged(long query, List<Bytes> keys) implements Notice {
        public KeysChanged {
            keys = List.copyOf(keys);
        }

        /** Keys are secrets: only their number shows. */
        @Override
        public String toString() {
            return "KeysChanged[" + keys.size() + " keys]";
        }
    }

    /** Another member has our name, and most of those that answered know that one: Serf ends its process here. */
    record NameLost(int forUs, int answers) implements Notice {}

    /** Two members claim one name: {@code existing} keeps it here, the other's address is {@code other}. */
    record NameConflict(Member existing, Address other) implements Notice {}

    /** {@code error} is empty when state was exchanged. */
    record JoinEnded(long reference, Address address, String error) implements Notice {}

    record LeaveEnded() implements Notice {}

    record TagsRefused(int bytes, int limit) implements Notice {}

    record EventRefused(String reason) implements Notice {}

    /** A line for the log, in memberlist's or Serf's own words where people grep for them. */
    record Logged(System.Logger.Level level, String line) implements Notice {}
}
