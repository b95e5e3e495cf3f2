package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColoursTest {
    @ParameterizedTest
    @CsvSource({
        "MUSTER, xterm, '', true, true",
        "MUSTER, xterm, '', false, false",
        "MUSTER, xterm, 1, true, false",
        "MUSTER, dumb, '', true, false",
        "SERF, xterm, '', true, false",
    })
    void there_are_colours_on_a_terminal_that_has_them_where_nobody_refuses_them(
            Face face, String term, String noColor, boolean terminal, boolean coloured) {
        assertThat(Colours.wanted(face, Map.of("TERM", term, "NO_COLOR", noColor), terminal))
                .isEqualTo(coloured);
    }
}
