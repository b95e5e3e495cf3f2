package muster.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.agent.node.CannotStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HaproxyBalancerTest {
    @Test
    void without_a_PATH_the_working_directory_is_not_searched_for_HAProxy() {
        assertThat(HaproxyBalancer.path("")).isEqualTo("/usr/local/sbin:/usr/sbin:/sbin");
        assertThat(HaproxyBalancer.path("/bin")).isEqualTo("/bin:/usr/local/sbin:/usr/sbin:/sbin");
    }

    private static Configuration configuration(String... flags) {
        return Configuration.load(
                FlagParser.parse(List.of(flags), Schema.BALANCE).given(), Map.of(), Schema.BALANCE);
    }

    @Test
    void a_setting_that_neither_the_template_nor_a_partial_reads_is_refused(@TempDir Path folder) throws Exception {
        Path template = Files.writeString(folder.resolve("haproxy.cfg.hb"), "{{> parts/web}}\n");
        Files.createDirectory(folder.resolve("parts"));
        Files.writeString(folder.resolve("parts/web.hb"), "bind {{env \"MUSTER_LISTEN\"}}\n");
        assertThatCode(() -> HaproxyBalancer.refuseUnread(configuration("-listen=:8000"), template))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> HaproxyBalancer.refuseUnread(configuration("-stats=:1936"), template))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("does not read it, so it would do nothing; write {{env \"MUSTER_STATS\"}}");
    }

    @Test
    void a_port_that_another_program_has_is_refused_and_all_else_is_left_to_HAProxy() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String there = "-listen=127.0.0.1:" + taken.getLocalPort();
            assertThatThrownBy(() -> HaproxyBalancer.checkPorts(configuration(there)))
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining("cannot be had: Address already in use");
        }
        String ofNobody =
                "-listen=192.0.2.1:8000"; // for documentation; HAProxy may bind it where the kernel allows that
        assertThatCode(() -> HaproxyBalancer.checkPorts(configuration(ofNobody)))
                .doesNotThrowAnyException();
    }
}
