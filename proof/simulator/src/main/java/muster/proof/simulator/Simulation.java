package muster.proof.simulator;

/** The words that tests begin with. */
public final class Simulation {
    private Simulation() {}

    public static Cluster simulate(Seed seed) {
        return new Cluster(seed);
    }

    public static Seed seed(long value) {
        return new Seed(value);
    }

    /** A share as people say it: {@code percent(10)} is 0.1. */
    public static double percent(double share) {
        return share / 100;
    }
}
