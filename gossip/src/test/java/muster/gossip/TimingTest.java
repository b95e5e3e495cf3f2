package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Members of one cluster must agree on these, so they are memberlist's to the last figure. */
class TimingTest {
    @Test
    void lan_wan_and_local_are_those_of_memberlist() {
        assertThat(Timing.LAN)
                .isEqualTo(new Timing(
                        ofSeconds(1),
                        ofMillis(500),
                        3,
                        4,
                        6,
                        ofMillis(200),
                        3,
                        ofSeconds(30),
                        ofSeconds(30),
                        4,
                        ofSeconds(10)));
        assertThat(Timing.WAN)
                .isEqualTo(new Timing(
                        ofSeconds(5),
                        ofSeconds(3),
                        3,
                        6,
                        6,
                        ofMillis(500),
                        4,
                        ofSeconds(60),
                        ofSeconds(60),
                        4,
                        ofSeconds(30)));
        assertThat(Timing.LOCAL)
                .isEqualTo(new Timing(
                        ofSeconds(1),
                        ofMillis(200),
                        1,
                        3,
                        6,
                        ofMillis(100),
                        3,
                        ofSeconds(15),
                        ofSeconds(15),
                        2,
                        ofSeconds(1)));
    }

    @Test
    void a_probe_that_takes_longer_than_its_turn_is_refused() {
        assertThatThrownBy(() -> new Timing(
                        ofSeconds(1),
                        ofSeconds(1),
                        3,
                        4,
                        6,
                        ofMillis(200),
                        3,
                        ofSeconds(30),
                        ofSeconds(30),
                        4,
                        ofSeconds(10)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be shorter than the probe interval");
    }
}
