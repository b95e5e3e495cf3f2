package muster.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HaproxyBalancerTest {
    @Test
    void without_a_PATH_the_working_directory_is_not_searched_for_HAProxy() {
        assertThat(HaproxyBalancer.path("")).isEqualTo("/usr/local/sbin:/usr/sbin:/sbin");
        assertThat(HaproxyBalancer.path("/bin")).isEqualTo("/bin:/usr/local/sbin:/usr/sbin:/sbin");
    }
}
