package muster.balancing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;
import muster.balancing.Backend.State;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random announcements and random evidence, with what must hold after every step. */
class RandomHistoriesTest {
    private static final int STEPS = 1_500;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 42, 4711})
    void never_a_gone_backend_never_nothing_while_something_is_left(long seed) {
        var random = new Random(seed);
        var settings = new BalancingSettings(
                BalancingSettings.DEFAULTS.ejectionMin(),
                BalancingSettings.DEFAULTS.ejectionMax(),
                1 + random.nextInt(4),
                random.nextInt(4),
                random.nextBoolean());
        var builder = new FleetBuilder(settings);
        var nodes = new TreeMap<String, Announcement>();
        var everGone = new HashSet<Backend>();
        var everSeen = new HashSet<Backend>();
        long now = random.nextLong(); // nanoTime may start anywhere and wrap
        long version = 0;
        for (int step = 0; step < STEPS; step++) {
            now += random.nextInt(1_500) * Scene.MILLI;
            if (random.nextInt(3) == 0) {
                announce(nodes, random);
                Fleet before = builder.fleet();
                Fleet fleet = builder.apply(nodes.values(), now);
                assertThat(fleet.version()).isEqualTo(fleet == before ? version : version + 1);
                version = fleet.version();
            }
            Pool pool = builder.fleet().pool("web");
            if (pool == null) {
                continue;
            }
            everSeen.addAll(pool.backends());
            Backend any = pool.backends().get(random.nextInt(pool.backends().size()));
            evidence(any, now, random);
            Picker picker = Picker.values()[random.nextInt(2)];
            pickUntilNothingIsLeft(pool, picker, now, random);
            for (Backend backend : everSeen) {
                if (backend.state() == State.GONE) {
                    everGone.add(backend);
                }
                assertThat(backend.state() == State.GONE)
                        .as("gone is for ever, seed %d step %d", seed, step)
                        .isEqualTo(everGone.contains(backend));
                assertThat(backend.reason()).endsWith(".");
            }
        }
        assertThat(everGone).isNotEmpty();
    }

    private static void pickUntilNothingIsLeft(Pool pool, Picker picker, long now, Random random) {
        Set<Backend> tried = new HashSet<>();
        boolean left = true;
        boolean wasReady = true;
        while (left) {
            List<Backend> untried = pool.backends().stream()
                    .filter(each -> !tried.contains(each))
                    .toList();
            boolean anyAlive = untried.stream().anyMatch(each -> each.state() != State.GONE);
            boolean anyReady = untried.stream().anyMatch(each -> each.state() == State.READY && each.weight() > 0);
            Backend picked = pool.pick(picker, now, random, tried, true);
            assertThat(picked != null).isEqualTo(anyAlive);
            if (picked != null) {
                assertThat(picked.state()).isNotEqualTo(State.GONE);
                assertThat(tried.add(picked)).isTrue();
                boolean trial = tried.size() == 1 && picked.state() == State.EJECTED;
                if (anyReady && !trial) {
                    assertThat(picked.state()).isEqualTo(State.READY);
                    assertThat(wasReady).isTrue();
                }
                wasReady = anyReady;
            }
            left = picked != null;
        }
    }

    private static void announce(TreeMap<String, Announcement> nodes, Random random) {
        String node = "n" + random.nextInt(8);
        if (random.nextInt(8) == 0 && nodes.remove(node) != null) {
            return;
        }
        Presence presence = Presence.values()[random.nextInt(Presence.values().length)];
        var service = new Service(
                "web",
                3000 + random.nextInt(2),
                "http",
                random.nextBoolean() ? "/health" : "",
                random.nextInt(4) * 10,
                random.nextInt(5) == 0
                        ? Announcement.Condition.values()[random.nextInt(3)]
                        : Announcement.Condition.READY);
        nodes.put(
                node,
                new Announcement(
                        node,
                        "10.0.0." + random.nextInt(2),
                        new TreeMap<>(),
                        presence,
                        random.nextInt(6) == 0 ? List.of() : List.of(service)));
    }

    private static void evidence(Backend backend, long now, Random random) {
        switch (random.nextInt(6)) {
            case 0, 1 -> backend.failed(now, Failure.values()[random.nextInt(Failure.values().length)]);
            case 2 -> backend.checkPassed(now);
            default -> {
                backend.started(now);
                backend.responded(now, 200 + random.nextInt(400));
                backend.finished(now);
            }
        }
    }
}
