package muster.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Presence;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
    private final Announcements announcements = new Announcements("web", 8000);

    private static Member member(Member.Status status, boolean suspect, Map<String, String> tags) {
        return new Member(
                "n1",
                new Address(Bytes.hex("0a000001"), 7946),
                new TreeMap<>(tags),
                status,
                suspect,
                1,
                0,
                Bytes.EMPTY);
    }

    private List<Announcement> of(Member member) {
        return announcements.of(List.of(member)).announcements();
    }

    @Test
    void a_service_tag_becomes_a_service_on_the_members_address() {
        Announcement only = of(member(Member.Status.ALIVE, false, Map.of("svc.web", "3000;check=/health")))
                .getFirst();
        assertThat(only.host()).isEqualTo("10.0.0.1");
        assertThat(only.presence()).isEqualTo(Presence.ALIVE);
        assertThat(only.services())
                .containsExactly(
                        new Announcement.Service("web", 3000, "http", "/health", 10, Announcement.Condition.READY));
    }

    @Test
    void a_plain_serf_agent_with_the_role_of_a_backend_serves_on_the_default_port() {
        assertThat(of(member(Member.Status.ALIVE, false, Map.of("role", "backend")))
                        .getFirst()
                        .services())
                .containsExactly(new Announcement.Service("web", 8000, "http", "", 10, Announcement.Condition.READY));
    }

    @Test
    void a_plain_serf_agent_with_a_tag_port_serves_there() {
        for (String port : List.of("1", "3000", "65535")) {
            assertThat(of(member(Member.Status.ALIVE, false, Map.of("role", "backend", "port", port)))
                            .getFirst()
                            .services())
                    .containsExactly(new Announcement.Service(
                            "web", Integer.parseInt(port), "http", "", 10, Announcement.Condition.READY));
        }
    }

    @Test
    void a_plain_serf_agent_whose_tag_port_is_none_is_left_out_and_named() {
        for (String port : List.of("", "0", "65536", "-1", "3000x", "http", "30\n00")) {
            Announcements.Understood understood = announcements.of(
                    List.of(member(Member.Status.ALIVE, false, Map.of("role", "backend", "port", port))));
            assertThat(understood.announcements().getFirst().services()).isEmpty();
            assertThat(understood.problems())
                    .singleElement()
                    .asString()
                    .startsWith("member=n1 is left out: tag port: it must be a port from 1 to 65535, not \"")
                    .doesNotContain("\n");
        }
    }

    @Test
    void the_port_of_who_announces_a_service_is_the_services() {
        Map<String, String> tags = Map.of("role", "backend", "port", "none", "svc.web", "3000");
        Announcements.Understood understood = announcements.of(List.of(member(Member.Status.ALIVE, false, tags)));
        assertThat(understood.announcements().getFirst().services())
                .containsExactly(new Announcement.Service("web", 3000, "http", "", 10, Announcement.Condition.READY));
        assertThat(understood.problems()).isEmpty();
    }

    @Test
    void an_app_node_that_is_not_ready_is_no_plain_agent() {
        assertThat(of(member(
                                Member.Status.ALIVE,
                                false,
                                Map.of("role", "backend", Announcements.SPEAKS_FOR_ITSELF, "run")))
                        .getFirst()
                        .services())
                .isEmpty();
    }

    @Test
    void a_tag_that_is_not_understood_is_told_and_sends_no_traffic_to_a_guess() {
        Announcements.Understood understood = announcements.of(
                List.of(member(Member.Status.ALIVE, false, Map.of("role", "backend", "svc.web", "nonsense"))));
        assertThat(understood.announcements().getFirst().services()).isEmpty();
        assertThat(understood.problems())
                .singleElement()
                .asString()
                .contains("n1")
                .contains("svc.web");
    }

    @Test
    void what_membership_says_becomes_presence() {
        Map<String, String> tags = Map.of("svc.web", "3000");
        assertThat(of(member(Member.Status.ALIVE, true, tags)).getFirst().presence())
                .isEqualTo(Presence.SUSPECT);
        assertThat(of(member(Member.Status.LEAVING, false, tags)).getFirst().presence())
                .isEqualTo(Presence.LEAVING);
        assertThat(of(member(Member.Status.LEFT, false, tags)).getFirst().presence())
                .isEqualTo(Presence.LEFT);
        for (Member.Status gone : List.of(Member.Status.FAILED, Member.Status.NONE)) {
            assertThat(of(member(gone, false, tags)).getFirst().presence()).isEqualTo(Presence.FAILED);
        }
    }

    @Test
    void a_member_that_offers_nothing_is_known_all_the_same() {
        assertThat(of(member(Member.Status.ALIVE, false, Map.of("role", "cache")))
                        .getFirst()
                        .services())
                .isEmpty();
    }
}
