package muster.proof.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import muster.proof.simulator.Campaign.Outcome;
import muster.proof.simulator.Campaign.Plan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Drawn faults, checked after every event and at rest. A failure prints its seed and the command that shows it again;
 * {@code -Dseed=N -Dmembers=M} runs that one alone.
 */
class SeedsTest {
    private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors());

    /** One seed in so many runs twice, and must leave the same trace. */
    private static final int TWICE_EVERY = 20;

    @Test
    @DisabledIfSystemProperty(named = "seed", matches = ".+")
    void a_hundred_seeds_of_fifty_members_keep_all_promises() {
        List<Outcome> outcomes = run(seeds(1, 100), Plan.SMALL);

        List<Outcome> again = run(
                outcomes.stream()
                        .map(Outcome::seed)
                        .filter(seed -> seed.value() % TWICE_EVERY == 0)
                        .toList(),
                Plan.SMALL);
        for (Outcome second : again) {
            Outcome first = outcomes.get((int) second.seed().value() - 1);
            assertThat(second.hash())
                    .as("the trace of %s, run twice", second.seed())
                    .isEqualTo(first.hash());
        }
        assertThat(outcomes.stream().map(Outcome::hash).distinct()).hasSize(100);
    }

    @Test
    @DisabledIfSystemProperty(named = "seed", matches = ".+")
    void three_seeds_of_five_hundred_members_keep_all_promises() {
        run(seeds(1, 3), Plan.LARGE);
    }

    @Test
    @DisabledIfSystemProperty(named = "seed", matches = ".+")
    void seeds_that_once_failed_keep_all_promises() throws IOException {
        try (var in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(SeedsTest.class.getResourceAsStream("/regressions.seeds")),
                StandardCharsets.UTF_8))) {
            for (String line : in.lines().toList()) {
                String entry = line.replaceFirst("#.*", "").strip();
                if (!entry.isEmpty()) {
                    String[] words = entry.split("\\s+");
                    Plan plan = plan(Integer.parseInt(words[1]));
                    run(List.of(new Seed(Long.parseLong(words[0]))), plan);
                }
            }
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "seed", matches = ".+")
    void the_seed_asked_for_keeps_all_promises() {
        run(List.of(new Seed(Long.getLong("seed"))), plan(Integer.getInteger("members", 50)));
    }

    private static Plan plan(int members) {
        Plan like = members > 100 ? Plan.LARGE : Plan.SMALL;
        return new Plan(members, like.troubleMin(), like.troubleMax());
    }

    private static List<Seed> seeds(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(Seed::new).toList();
    }

    private static List<Outcome> run(List<Seed> seeds, Plan plan) {
        long start = System.nanoTime();
        List<Outcome> outcomes = Campaign.runAll(seeds, plan, THREADS, outcome -> {});
        List<String> broken = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            if (outcome.violation() != null) {
                broken.add(outcome.line());
            }
        }
        long events = outcomes.stream().mapToLong(Outcome::events).sum();
        System.out.printf(
                "%d seeds x %d members: %d events in %.1f s%n",
                seeds.size(), plan.members(), events, (System.nanoTime() - start) / 1e9);
        assertThat(broken).as(String.join("\n", broken)).isEmpty();
        return outcomes;
    }
}
