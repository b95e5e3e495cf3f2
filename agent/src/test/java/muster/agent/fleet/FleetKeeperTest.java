package muster.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import muster.balancing.FleetBuilder;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;

class FleetKeeperTest {
    @Test
    void services_beyond_the_limits_are_counted() {
        List<Member> members = IntStream.range(0, FleetBuilder.POOLS_MAX + 5)
                .mapToObj(FleetKeeperTest::member)
                .toList();
        try (var keeper = new FleetKeeper(new Announcements("web", 8000), () -> members)) {
            keeper.start(_ -> {});
            await().until(() -> !keeper.get().pools().isEmpty());
            assertThat(keeper.get().pools()).hasSize(FleetBuilder.POOLS_MAX);
            assertThat(keeper.countersBeside(Collections.emptySortedMap())).containsEntry("services-over-limits", 5L);
        }
    }

    private static Member member(int number) {
        return new Member(
                "n" + number,
                new Address(Bytes.hex("0a000001"), 7946),
                new TreeMap<>(Map.of("svc.s" + number, "3000")),
                Member.Status.ALIVE,
                false,
                1,
                0,
                Bytes.EMPTY);
    }
}
