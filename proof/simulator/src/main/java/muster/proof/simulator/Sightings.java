package muster.proof.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;

/** Who saw what: failures, suspicions and user events. Where accuracy is demanded, a wrong failure breaks the run. */
final class Sightings {
    /** By then the death of a former life, and at 50 members the longest suspicion, are history. */
    private static final long REBORN_NANOS = 60_000_000_000L;

    private final Cluster cluster;
    private final List<Sighting> failures = new ArrayList<>();
    private final List<Sighting> suspicions = new ArrayList<>();
    private final Map<String, List<Sighting>> eventSightings = new TreeMap<>();
    private final Map<Long, List<Sighting>> answers = new TreeMap<>();
    private final Map<Long, Duration> ends = new TreeMap<>();
    private boolean accurate;

    Sightings(Cluster cluster) {
        this.cluster = cluster;
    }

    void accurate(boolean yes) {
        accurate = yes;
    }

    List<Sighting> failures() {
        return List.copyOf(failures);
    }

    List<Sighting> suspicions() {
        return List.copyOf(suspicions);
    }

    /** Of the user event with this payload. */
    List<Sighting> events(String payload) {
        return List.copyOf(eventSightings.getOrDefault(Bytes.utf8(payload).hex(), List.of()));
    }

    List<Sighting> answers(long query) {
        return List.copyOf(answers.getOrDefault(query, List.of()));
    }

    Optional<Duration> endOf(long query) {
        return Optional.ofNullable(ends.get(query));
    }

    void answered(Node asker, Notice.QueryAnswered answer) {
        answers.computeIfAbsent(answer.reference(), query -> new ArrayList<>())
                .add(new Sighting(answer.from(), asker.name, cluster.now()));
    }

    void ended(Notice.QueryEnded ended) {
        ends.put(ended.reference(), cluster.now());
    }

    void suspected(Node observer, Member member, String by) {
        if (by.equals(observer.name)) {
            suspicions.add(new Sighting(observer.name, member.name(), cluster.now()));
        }
    }

    void failed(Node observer, Member member) {
        failures.add(new Sighting(observer.name, member.name(), cluster.now()));
        Node about = cluster.node(member.name());
        if (accurate && healthy(about, member)) {
            throw cluster.violation(
                    Invariant.L2_HEALTHY_MEMBERS_DO_NOT_FAIL,
                    observer + " declared " + Invariants.brief(member) + " failed, which runs");
        }
        if (accurate && about.leaving) {
            throw cluster.violation(
                    Invariant.L7_LEAVING_IS_NOT_FAILING,
                    observer + " declared " + Invariants.brief(member) + " failed, which left");
        }
    }

    /** The failure is of this life of the process, not of the one before, and the others had time to tell them apart. */
    private boolean healthy(Node about, Member seen) {
        boolean old = about.life == 1 || cluster.agenda().now() - about.bornAtNanos > REBORN_NANOS;
        return about.on() && !about.leaving && old && about.address.equals(seen.address());
    }

    void eventSeen(Node observer, Notice.UserEventSeen event) {
        eventSightings
                .computeIfAbsent(event.payload().hex(), payload -> new ArrayList<>())
                .add(new Sighting(observer.name, event.name(), cluster.now()));
    }
}
