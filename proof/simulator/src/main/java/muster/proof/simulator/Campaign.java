package muster.proof.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs of drawn faults: members start in any order, trouble lasts for a while, everything heals, and then all views must
 * agree and stay so.
 */
public final class Campaign {
    /** After the last fault, however bad it was. Half of a split heals by reconnecting to failed members every 30 s. */
    static final Duration AGREEMENT_MAX = Duration.ofMinutes(5);

    /** What missed the gossip goes on with the full states that each two members exchange, every 150 s among 500. */
    static final Duration DELIVERY_MAX = Duration.ofMinutes(15);

    private static final Duration REST = Duration.ofSeconds(10);

    private Campaign() {}

    /**
     * What to run.
     *
     * @param troubleMin trouble lasts at least this
     * @param troubleMax and at most this, in virtual time
     */
    public record Plan(int members, Duration troubleMin, Duration troubleMax) {
        public static final Plan SMALL = new Plan(50, Duration.ofSeconds(20), Duration.ofSeconds(60));
        public static final Plan LARGE = new Plan(500, Duration.ofSeconds(20), Duration.ofSeconds(30));
    }

    /**
     * What came of one seed.
     *
     * @param hash of the trace; empty when a promise was broken
     * @param virtual time that passed inside
     * @param agreedAfter the last fault
     */
    public record Outcome(
            Seed seed,
            int members,
            String hash,
            long events,
            Duration virtual,
            Duration agreedAfter,
            @Nullable Violation violation) {

        /** One line for people, with the command that shows a failure again. */
        public String line() {
            String what = seed + " members=" + members;
            Violation broken = violation;
            if (broken != null) {
                return what + " FAILED " + broken.getMessage() + "\n  again: " + replay(seed, members);
            }
            return what + " events=" + events + " virtual=" + virtual.toSeconds() + "s agreed-after="
                    + agreedAfter.toMillis() + "ms hash=" + hash.substring(0, 16);
        }
    }

    static String replay(Seed seed, int members) {
        return "./mvnw -q -pl proof/simulator -am test -Dtest=SeedsTest -Dsurefire.failIfNoSpecifiedTests=false -Dseed="
                + seed.value() + " -Dmembers=" + members;
    }

    /** Runs one seed to its end. Never throws a {@link Violation}: it is in the outcome. */
    public static Outcome run(Seed seed, Plan plan, Protocol.Maker maker, @Nullable Consumer<String> log) {
        Swarm swarm = Swarm.draw(seed, plan.troubleMin, plan.troubleMax);
        Cluster cluster = Simulation.simulate(seed)
                .members(plan.members)
                .weather(swarm.weather())
                .compress(swarm.compress())
                .protocol(maker)
                .accurate(swarm.accurate());
        if (swarm.sealed()) {
            cluster.sealed();
        }
        if (log != null) {
            log.accept(seed + " " + swarm);
            cluster.log(log);
        }
        try {
            cluster.launch(swarm.trouble().dividedBy(4));
            var faults = new Faults(cluster, swarm.trouble().toNanos());
            faults.plan(swarm.faults(), plan.members);
            cluster.run(swarm.trouble());
            faults.end();
            Duration agreedAfter = cluster.untilAgreed(AGREEMENT_MAX);
            cluster.run(REST);
            cluster.untilAgreed(AGREEMENT_MAX);
            cluster.untilDelivered(DELIVERY_MAX);
            return new Outcome(seed, plan.members, cluster.hash(), cluster.events(), cluster.now(), agreedAfter, null);
        } catch (Violation broken) {
            return new Outcome(seed, plan.members, "", cluster.events(), cluster.now(), Duration.ZERO, broken);
        }
    }

    public static Outcome run(Seed seed, Plan plan) {
        return run(seed, plan, Protocol::production, null);
    }

    /** Runs many seeds, each in one thread, several at a time; the outcomes are in the order of the seeds. */
    public static List<Outcome> runAll(List<Seed> seeds, Plan plan, int threads, Consumer<Outcome> each) {
        var outcomes = new ArrayList<Outcome>();
        try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
            List<Future<Outcome>> pending = new ArrayList<>();
            for (Seed seed : seeds) {
                pending.add(workers.submit(() -> run(seed, plan)));
            }
            for (Future<Outcome> one : pending) {
                Outcome outcome = one.get();
                each.accept(outcome);
                outcomes.add(outcome);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while seeds ran", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the simulator itself failed", e.getCause());
        }
        return outcomes;
    }
}
