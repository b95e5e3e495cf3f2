package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceOptionTest {
    @Test
    void a_name_and_a_port_are_enough() {
        assertThat(ServiceOption.parse("web:3000")).isEqualTo(new ServiceOption("web", 3000, "http", "", 10));
    }

    @Test
    void everything_can_be_said() {
        assertThat(ServiceOption.parse("web:3000,proto=http,check=/health?deep=1,weight=20"))
                .isEqualTo(new ServiceOption("web", 3000, "http", "/health?deep=1", 20));
        assertThat(ServiceOption.parse("db:5432,proto=tcp").protocol()).isEqualTo("tcp");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "web | NAME:PORT",
                ":80 | NAME:PORT",
                "web:0 | from 1 to 65535",
                "web:x | from 1 to 65535",
                "we b:80 | letters",
                "web:80,proto=udp | http or tcp",
                "web:80,check=health | starts with /",
                "web:80,check=/a b | no space",
                "web:80;check=/a;b | none of proto, check, weight",
                "web:80,weight=1001 | from 0 to 1000",
                "web:80,wieght=1 | none of proto, check, weight"
            })
    void what_is_wrong_is_said_with_the_remedy(String text, String remedy) {
        assertThatThrownBy(() -> ServiceOption.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text)
                .hasMessageContaining(remedy);
    }
}
