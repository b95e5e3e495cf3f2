package muster.templating.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DiffTest {
    @Test
    void equal_texts_differ_in_nothing() {
        assertThat(Diff.of("f", "a\nb\n", "a\nb\n")).isEmpty();
    }

    @Test
    void a_changed_line_is_shown_with_what_is_around_it() {
        assertThat(Diff.of("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"))
                .isEqualTo("""
                        --- f
                        +++ f (new)
                        @@ -2,7 +2,7 @@
                         2
                         3
                         4
                        -5
                        +five
                         6
                         7
                         8
                        """);
    }

    @Test
    void a_new_file_and_a_missing_line_break_at_the_end_are_shown() {
        assertThat(Diff.of("f", "", "a\n")).isEqualTo("--- f\n+++ f (new)\n@@ -1,0 +1,1 @@\n+a\n");
        assertThat(Diff.of("f", "a", "a\n"))
                .isEqualTo("--- f\n+++ f (new)\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
    }

    @Test
    void of_any_two_texts_the_lines_of_both_are_in_it_and_the_line_numbers_are_right() {
        for (long seed = 1; seed <= 300; seed++) {
            var random = new Random(seed);
            List<String> before = lines(random);
            List<String> after = lines(random);
            String diff = Diff.of("f", text(before), text(after));
            var seen = new ArrayList<>(before);
            int shift = 0;
            int at = 0;
            for (String line : diff.lines().skip(2).toList()) {
                if (line.startsWith("@@")) {
                    at = Integer.parseInt(line.split("[-,]")[1]) - 1 + shift;
                } else if (line.startsWith("+")) {
                    seen.add(at++, line.substring(1));
                    shift++;
                } else if (line.startsWith("-")) {
                    assertThat(seen.remove(at)).as("seed=%d", seed).isEqualTo(line.substring(1));
                    shift--;
                } else {
                    assertThat(seen.get(at++)).as("seed=%d", seed).isEqualTo(line.substring(1));
                }
            }
            assertThat(seen).as("seed=%d", seed).isEqualTo(after);
        }
    }

    private static List<String> lines(Random random) {
        var lines = new ArrayList<String>();
        for (int i = random.nextInt(30); i > 0; i--) {
            lines.add("line" + random.nextInt(8));
        }
        return lines;
    }

    private static String text(List<String> lines) {
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }
}
