package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void a_sentence_under_a_row_is_indented_and_broken_between_words() {
        assertThat(Table.wrapped(
                        "n1 10.0.0.1:3000 refused the connection; one trial request follows after the back-off."))
                .containsExactly(
                        "    n1 10.0.0.1:3000 refused the connection; one trial request follows after the",
                        "    back-off.");
    }

    @Test
    void a_word_that_is_too_long_stands_alone() {
        assertThat(Table.wrapped("a " + "b".repeat(100) + " c"))
                .containsExactly("    a", "    " + "b".repeat(100), "    c");
    }
}
