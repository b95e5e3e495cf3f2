package muster.proof.simulator;

import java.time.Duration;
import java.util.function.Supplier;

/** Runs inside a {@link Mutant}'s class loader; its answer crosses loaders as plain text. */
public final class MutantRun implements Supplier<String> {
    private final long lastSeed;
    private final int members;

    public MutantRun(long lastSeed, int members) {
        this.lastSeed = lastSeed;
        this.members = members;
    }

    @Override
    public String get() {
        var plan = new Campaign.Plan(members, Duration.ofSeconds(20), Duration.ofSeconds(40));
        for (long value = 1; value <= lastSeed; value++) {
            Violation broken = Campaign.run(new Seed(value), plan).violation();
            if (broken != null) {
                return broken.getMessage();
            }
        }
        return "";
    }
}
