package muster.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;
import muster.balancing.Backend;
import muster.balancing.BalancingSettings;
import muster.balancing.FleetBuilder;
import muster.haproxy.ServerFigures;
import org.junit.jupiter.api.Test;

class HaproxyViewTest {
    private static Backend.Snapshot backend(String pool) {
        var node = new Announcement(
                "n1",
                "10.0.0.1",
                new TreeMap<>(),
                Presence.ALIVE,
                List.of(new Service(pool, 80, "http", "", 10, Condition.READY)));
        return new FleetBuilder(BalancingSettings.DEFAULTS)
                .apply(List.of(node), 0)
                .pools()
                .get(pool)
                .backends()
                .getFirst()
                .snapshot(0);
    }

    private static ServerFigures server(String backend, String status) {
        return new ServerFigures(backend, "n1", "10.0.0.1", 80, status, "L4CON", 7, 1, 10, 2);
    }

    private static Backend.Snapshot shown(String pool, ServerFigures... servers) {
        return HaproxyView.of(List.of(servers), Set.of("web", "api")).of(backend(pool));
    }

    @Test
    void an_address_in_two_backends_shows_the_one_in_which_it_is_down_wherever_that_stands() {
        for (var shown : List.of(
                shown("web", server("site", "UP"), server("admin", "DOWN")),
                shown("web", server("admin", "DOWN"), server("site", "UP")),
                shown("web", server("web", "DRAIN"), server("admin", "DOWN")))) {
            assertThat(shown.state()).isEqualTo(Backend.State.EJECTED);
            assertThat(shown.reason()).isEqualTo("HAProxy has it as DOWN in the backend admin: L4CON");
            assertThat(shown.inStateNanos()).isEqualTo(7_000_000_000L);
            assertThat(shown.inFlight()).isEqualTo(2);
            assertThat(shown.totals().requests()).isEqualTo(20);
            assertThat(shown.totals().failed()).isEqualTo(4);
        }
    }

    @Test
    void a_backend_with_the_name_of_another_pool_speaks_for_that_one() {
        var servers = new ServerFigures[] {server("web", "UP"), server("api", "DOWN")};

        assertThat(shown("web", servers).state()).isEqualTo(Backend.State.READY);
        assertThat(shown("api", servers).reason()).isEqualTo("HAProxy has it as DOWN: L4CON");
        assertThat(shown("web", server("api", "DOWN")).state()).isEqualTo(Backend.State.EJECTED);
    }

    @Test
    void what_haproxy_does_not_have_or_say_is_not_ready() {
        assertThat(shown("web").state()).isEqualTo(Backend.State.JOINING);
        assertThat(HaproxyView.silent("it does not answer").of(backend("web")).reason())
                .isEqualTo("it does not answer");
    }
}
