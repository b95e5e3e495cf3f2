package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page about services, which people read instead of the code. */
class ServicePageTest {
    static Stream<String> keys() {
        return ServiceSchema.KEYS.stream().map(Setting::key);
    }

    @ParameterizedTest
    @MethodSource("keys")
    void the_page_has_every_key_of_a_service(String key) throws Exception {
        assertThat(Files.readString(Path.of("../docs/reference/services.md"))).contains("`" + key + "`");
    }
}
