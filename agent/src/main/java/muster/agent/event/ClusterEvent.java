package muster.agent.event;

import java.time.Duration;
import java.util.List;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/** One of Serf's events. */
public sealed interface ClusterEvent {
    /** Serf's word: {@code member-join}, {@code user}. */
    String type();

    /** The name that a filter may ask for; empty where Serf's have none. */
    String name();

    /** Something became of these members. They are as they were after it. */
    record Members(String type, List<Member> members) implements ClusterEvent {
        public Members {
            members = List.copyOf(members);
        }

        @Override
        public String name() {
            return "";
        }
    }

    /** {@code coalesce}: whoever is late may hear only the latest of this name. */
    record User(long time, String name, Bytes payload, boolean coalesce) implements ClusterEvent {
        @Override
        public String type() {
            return "user";
        }
    }

    /** Somebody asks; {@code number} is what an answer refers to, until {@code timeout} is over. */
    record Query(long number, long time, String name, Bytes payload, Duration timeout) implements ClusterEvent {
        @Override
        public String type() {
            return "query";
        }
    }

    /** What Serf would make of a notice; null for those that are no events to it. */
    static @Nullable ClusterEvent of(Notice notice) {
        return switch (notice) {
            case Notice.MemberJoined it -> member("member-join", it.member());
            case Notice.MemberUpdated it -> member("member-update", it.member());
            case Notice.MemberLeft it -> member("member-leave", it.member());
            case Notice.MemberFailed it -> member("member-failed", it.member());
            case Notice.MemberReaped it -> member("member-reap", it.member());
            case Notice.UserEventSeen it -> new User(it.time(), it.name(), it.payload(), it.coalesce());
            case Notice.QueryHeard it ->
                new Query(it.query(), it.time(), it.name(), it.payload(), Duration.ofNanos(it.timeoutNanos()));
            case Notice.MemberSuspected _,
                    Notice.MemberRefuted _,
                    Notice.MemberLeaving _,
                    Notice.NameConflict _,
                    Notice.NameLost _,
                    Notice.QueryAcked _,
                    Notice.QueryAnswered _,
                    Notice.KeyReply _,
                    Notice.QueryEnded _,
                    Notice.QueryRefused _,
                    Notice.AnswerRefused _,
                    Notice.KeysChanged _,
                    Notice.JoinEnded _,
                    Notice.LeaveEnded _,
                    Notice.TagsRefused _,
                    Notice.EventRefused _,
                    Notice.Logged _ -> null;
        };
    }

    private static ClusterEvent member(String type, Member member) {
        return new Members(type, List.of(member));
    }
}
