package muster.gossip;

import muster.gossip.wire.Bytes;

/** What happened, for whoever listens. Members appear as they are after the change. */
public sealed interface Notice {
    record MemberJoined(Member member) implements Notice {}

    /** Tags, address or protocol versions changed. */
    record MemberUpdated(Member member) implements Notice {}

    /** No answer yet; not announced by Serf. Traffic should move away now. */
    record MemberSuspected(Member member, String by) implements Notice {}

    /** A suspected member answered. */
    record MemberRefuted(Member member) implements Notice {}

    /** A leave intent was seen: still alive, about to go (Serf's status "leaving"). */
    record MemberLeaving(Member member) implements Notice {}

    /** {@code forced}: a failed member was turned into a left one by an operator. */
    record MemberLeft(Member member, boolean forced) implements Notice {}

    record MemberFailed(Member member) implements Notice {}

    /** Forgotten: no longer in the list of members. */
    record MemberReaped(Member member) implements Notice {}

    record UserEventSeen(long time, String name, Bytes payload, boolean coalesce) implements Notice {}

    /** Two members claim one name: {@code existing} keeps it here, the other's address is {@code other}. */
    record NameConflict(Member existing, Address other) implements Notice {}

    /** {@code error} is empty when state was exchanged. */
    record JoinEnded(long reference, Address address, String error) implements Notice {}

    record LeaveEnded() implements Notice {}

    record TagsRefused(int bytes, int limit) implements Notice {}

    record EventRefused(int bytes, int limit) implements Notice {}

    /** A line for the log, in memberlist's or Serf's own words where people grep for them. */
    record Logged(System.Logger.Level level, String line) implements Notice {}
}
