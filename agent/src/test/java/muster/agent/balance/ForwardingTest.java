package muster.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.proxy.Cidr;
import muster.proxy.ProxySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardingTest {
    private static final InetSocketAddress LISTEN = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private static ProxySettings settings(Map<String, String> environment, String... flags) {
        Configuration configuration = Configuration.load(
                FlagParser.parse(List.of(flags), Schema.BALANCE).given(), environment, Schema.BALANCE);
        return Forwarding.settings(configuration, LISTEN);
    }

    @Test
    void what_nobody_sets_is_as_the_proxy_has_it() {
        assertThat(settings(Map.of())).isEqualTo(ProxySettings.of(LISTEN, "web"));
    }

    @Test
    void flags_variables_and_files_reach_the_proxy(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("balancer.yaml"), """
                trusted_proxies: [10.0.0.0/8, "fd00::/8"]
                max_body_size: 10m
                backend_max_connections: 7
                """);
        ProxySettings settings = settings(
                Map.of("MUSTER_RESPONSE_TIMEOUT", "5s", "MUSTER_TRUSTED_PROXIES", "192.0.2.1"),
                "-config-file=" + file,
                "--via",
                "-head-timeout=1s",
                "-keep-alive-timeout=2s",
                "-body-timeout=3s",
                "-connect-timeout=250ms",
                "-queue-timeout=6s",
                "-tunnel-timeout=7s",
                "-backend-keep-alive-timeout=8s",
                "-max-head-size=32k",
                "-max-connections=9");
        assertThat(settings.via()).isTrue();
        assertThat(settings.trusted())
                .containsExactly(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/8"), Cidr.parse("192.0.2.1"));
        assertThat(settings.times())
                .isEqualTo(new ProxySettings.Times(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(6),
                        Duration.ofSeconds(7)));
        assertThat(settings.limits().bodyBytes()).isEqualTo(10 << 20);
        assertThat(settings.limits().head().headBytes()).isEqualTo(32 << 10);
        assertThat(settings.limits().head().lineBytes()).isEqualTo(16 << 10);
        assertThat(settings.limits().clientConnections()).isEqualTo(9);
        assertThat(settings.limits().upstreamConnections()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-trusted-proxies=10.0.0.0/8,office | flag -trusted-proxies: \"office\" is not a network",
                "-head-timeout=0 | flag -head-timeout: '0' must be a time from 1ms to 24h",
                "-body-timeout=10 | flag -body-timeout: '10' is not a duration",
                "-max-body-size=10mb | flag -max-body-size: '10mb' must be a number of bytes",
                "-max-body-size=-1 | flag -max-body-size: '-1' must be a number of bytes",
                "-max-body-size=99999999999g | must be a number of bytes from 0 to",
                "-max-head-size=2m | must be a number of bytes from 1024 to 1048576, like 65536, 64k or 10m",
                "-max-connections=0 | flag -max-connections: '0' must be a whole number from 1",
                "-via=perhaps | flag -via: 'perhaps' is neither true nor false"
            })
    void a_bad_value_is_refused_with_the_flag_and_the_remedy(String flag, String message) {
        assertThatThrownBy(() -> settings(Map.of(), flag))
                .isInstanceOf(BadConfiguration.class)
                .hasMessageContaining(message);
    }
}
