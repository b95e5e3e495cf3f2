package muster.proof.simulator;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What one seed is up against. Each seed draws its own mixture, so that some runs have one fault only and some have all:
 * bugs hide where one fault keeps another from happening.
 */
record Swarm(Weather weather, boolean sealed, boolean compress, Set<Fault> faults, Duration trouble) {
    /** Kinds of faults; {@link Faults} carries them out. */
    enum Fault {
        /** Freezes that are over before a suspicion can end. */
        HICCUPS,
        /** Freezes of up to a minute. */
        PAUSES,
        CRASHES,
        LEAVES,
        NEWCOMERS,
        HALVES,
        ISOLATED,
        FLAPPING,
        ONE_WAY,
        CLOGS,
        DEAF,
        TAGS,
        EVENTS,
        OPERATORS,
        QUERIES
    }

    /** Faults that leave every running member connected and served. */
    private static final Set<Fault> HARMLESS = EnumSet.of(
            Fault.HICCUPS,
            Fault.LEAVES,
            Fault.NEWCOMERS,
            Fault.CRASHES,
            Fault.TAGS,
            Fault.EVENTS,
            Fault.OPERATORS,
            Fault.QUERIES);

    /** Up to this loss nobody healthy may be declared failed. */
    private static final double LOSS_ACCURATE_MAX = 0.05;

    static Swarm draw(Seed seed, Duration troubleMin, Duration troubleMax) {
        SplittableRandom random = seed.stream("swarm");
        // One seed in four has only what a correct cluster stands without a false word: there accuracy is checked.
        boolean gentle = random.nextInt(4) == 0;
        boolean sealed = random.nextInt(3) == 0;
        boolean compress = random.nextInt(3) > 0;
        double loss = share(random, gentle ? LOSS_ACCURATE_MAX : 0.30);
        double streamTrouble = share(random, gentle ? LOSS_ACCURATE_MAX : 0.20);
        double slowness = share(random, 0.10);
        // From 0.1 ms to 40 ms mean, each order of magnitude as likely as the others.
        var meanDelay = Duration.ofNanos((long) (100_000 * StrictMath.pow(400, random.nextDouble())));
        double duplication = share(random, 0.10);
        double replay = share(random, 0.02);
        double corruption = sealed ? share(random, 0.01) : 0;
        double garbage = share(random, 0.01);
        int mtu = !gentle && random.nextInt(6) == 0 ? 500 + random.nextInt(900) : 65_507;
        var faults = EnumSet.noneOf(Fault.class);
        double density = random.nextDouble() * (gentle ? 1 : 0.6);
        for (Fault fault : Fault.values()) {
            if (random.nextDouble() < density && (!gentle || HARMLESS.contains(fault))) {
                faults.add(fault);
            }
        }
        long least = troubleMin.toNanos();
        long most = troubleMax.toNanos();
        var trouble = Duration.ofNanos(most <= least ? least : random.nextLong(least, most));
        var weather =
                new Weather(loss, streamTrouble, slowness, meanDelay, duplication, replay, corruption, garbage, mtu);
        return new Swarm(weather, sealed, compress, faults, trouble);
    }

    /** None in half of the seeds, else evenly up to {@code most}. */
    private static double share(SplittableRandom random, double most) {
        double drawn = random.nextDouble();
        return random.nextBoolean() ? 0 : drawn * most;
    }

    /** True when a correct cluster declares no running member failed in this. */
    boolean accurate() {
        return HARMLESS.containsAll(faults)
                && weather.loss() <= LOSS_ACCURATE_MAX
                && weather.streamTrouble() <= LOSS_ACCURATE_MAX
                && weather.mtu() >= 1_400;
    }
}
