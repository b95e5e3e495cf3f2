package muster.proof.simulator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muster.gossip.Member;

/** What the checker remembers of one life of one node. */
final class Watch {
    /** Where a listener stands in the word of notices about one member. */
    static final class Word {
        enum Letter {
            UNKNOWN,
            PRESENT,
            LEFT,
            FAILED
        }

        Letter letter = Letter.UNKNOWN;
        boolean suspect;
        boolean leaving;
    }

    private final Map<String, Word> words = new HashMap<>();

    /** The view as of the last look, sorted by name. */
    List<Member> view = List.of();

    /** Members whose death or leave this life has seen. */
    final Set<String> knownGone = new HashSet<>();

    final Set<String> eventsTold = new HashSet<>();
    final Set<String> queriesHeard = new HashSet<>();
    final Set<String> answersTold = new HashSet<>();
    long memberTime;
    long eventTime;
    long queryTime;
    long lastOpened;

    /** What the clock of the events showed when the last join ended; what was before is not told. */
    long eventsFrom;

    boolean started;
    boolean leaveEnded;

    /** Deadlines in this second of virtual time. */
    int deadlines;

    long deadlinesSecond;
    long steps;

    Word word(String member) {
        return words.computeIfAbsent(member, name -> new Word());
    }
}
