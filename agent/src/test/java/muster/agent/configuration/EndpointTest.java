package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1, -1",
        "10.0.0.1:7946, 10.0.0.1, 7946",
        ":8080, '', 8080",
        "seed.example, seed.example, -1",
        "[fe80::1]:7946, fe80::1, 7946",
        "[fe80::1], fe80::1, -1",
        "fe80::1, fe80::1, -1",
        "127.0.0.1:0, 127.0.0.1, 0"
    })
    void hosts_and_ports_are_told_apart(String text, String host, int port) {
        assertThat(Endpoint.parse(text)).isEqualTo(new Endpoint(host, port));
        assertThat(Endpoint.parse(Endpoint.parse(text).toString())).isEqualTo(Endpoint.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "n1/10.0.0.1:7946, 10.0.0.1, 7946",
        "n1/seed.example, seed.example, -1",
        "n1/[fe80::1]:7946, fe80::1, 7946",
        "/seed.example, seed.example, -1"
    })
    void a_seed_may_have_the_name_of_its_node_in_front(String text, String host, int port) {
        assertThat(Endpoint.ofSeed(text)).isEqualTo(new Endpoint(host, port));
        assertThatThrownBy(() -> Endpoint.ofSeed("n1/:7946")).hasMessageContaining("names no host");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host:",
                "host:x",
                "host:65536",
                "host:-1",
                "[fe80::1",
                "[fe80::1]7946",
                "[::1]:",
                "8080",
                "300.1.1.1",
                "1.2.3.4.5:7",
                "a:b:c",
                "a b",
                "*:80",
                "x/y"
            })
    void what_is_no_address_is_refused_with_the_remedy(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }
}
