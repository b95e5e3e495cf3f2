package muster.gossip;

import java.util.Locale;

/** What is counted, besides rejected bytes. {@link #label} is the name that operators see. */
enum Counter {
    DATAGRAMS_RECEIVED,
    DATAGRAMS_SENT,
    /** The system refused to send one. */
    DATAGRAMS_REFUSED,
    PROBES,
    PROBES_ANSWERED,
    PROBES_ANSWERED_BY_STREAM_ONLY,
    PROBES_FAILED,
    /** Asked for by the data plane and started. */
    PROBES_OUT_OF_TURN,
    /** Asked for by the data plane, but one ran already or ended just before. */
    PROBES_OUT_OF_TURN_LIMITED,
    /** More indirect pings than can be pending at once. */
    PENDING_PROBES_LIMITED,
    PINGS_FOR_ANOTHER_NAME,
    ACKS_UNEXPECTED,
    NACKS_UNEXPECTED,
    /** The timers ran so late that this node must have stood still. */
    STANDSTILLS,
    SUSPICIONS,
    SUSPICIONS_CONFIRMED,
    REFUTATIONS,
    /** Someone claims an incarnation so high that none is left above it. */
    INCARNATIONS_EXHAUSTED,
    /** An {@code alive} that cannot be believed as it stands: its member was told so directly, so that it can refute. */
    CHALLENGES,
    /** A suspicion was about to end in a death: the suspect itself was asked once more. */
    LAST_QUESTIONS,
    /** A suspect answered its last question but did not refute: it was asked for its whole state. */
    LAST_QUESTIONS_ANSWERED_ONLY,
    /** Someone still said what we had refuted: it got the refutation directly. */
    ACCUSERS_ANSWERED,
    ALIVE_WITH_BAD_VERSIONS,
    TAGS_UNREADABLE,
    NAME_CONFLICTS,
    MEMBERS_LIMITED,
    MERGES_REFUSED_VERSIONS,
    BROADCASTS_LIMITED,
    /** A broadcast, or a message to relay, that fits into no datagram. */
    MESSAGES_TOO_LONG,
    EARLY_INTENTS_LIMITED,
    EARLY_INTENTS_EXPIRED,
    /** Said to be leaving, and still there a minute later. */
    LEAVES_NOT_MEANT,
    LAMPORT_TIME_REFUSED,
    EVENTS_TOO_OLD,
    EVENTS_SEEN_BEFORE,
    EVENTS_AT_ONE_TIME_LIMITED,
    /** Longer than any agent would let one be sent. */
    EVENTS_TOO_LONG,
    /** So many bytes of events were kept that those of the oldest time were given up. */
    EVENTS_FORGOTTEN,
    QUERIES_TOO_OLD,
    QUERIES_SEEN_BEFORE,
    QUERIES_AT_ONE_TIME_LIMITED,
    /** A filter that cannot be read, or more of them than are tried: the query is for nobody. */
    QUERY_FILTERS_UNREADABLE,
    QUERY_RESPONSES_UNEXPECTED,
    /** Heard twice, as relayed answers are. */
    QUERY_RESPONSES_SEEN_BEFORE,
    /** Asked again, of one that was silent for half of the time. */
    QUERIES_REPEATED,
    QUERIES_REFUSED,
    ANSWERS_REFUSED,
    /** More queries wait for our answer than are kept: the oldest is given up. */
    QUERIES_OPEN_LIMITED,
    KEYS_CHANGED,
    NAMES_LOST,
    RELAYED,
    STREAMS_ACCEPTED_LIMITED,
    STREAMS_OPENED_LIMITED,
    STREAMS_TIMED_OUT,
    STREAMS_FAILED,
    STREAM_MESSAGES_UNEXPECTED,
    PUSH_PULLS,
    SEEDS_LIMITED,
    RECONNECTS,
    COORDINATES_REFUSED,
    COORDINATE_RESETS,
    TAGS_REFUSED,
    EVENTS_REFUSED,
    FORCE_LEAVE_REFUSED;

    String label() {
        return label(this);
    }

    static String label(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
