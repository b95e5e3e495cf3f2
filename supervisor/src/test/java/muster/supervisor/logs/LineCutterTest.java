package muster.supervisor.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineCutterTest {
    private final List<String> lines = new ArrayList<>();

    private void take(LineCutter cutter, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        cutter.take(bytes, bytes.length, this::add);
    }

    private void add(byte[] line) {
        lines.add(new String(line, StandardCharsets.UTF_8));
    }

    @Test
    void lines_are_put_together_from_pieces() {
        var cutter = new LineCutter(100);
        take(cutter, "one\ntw");
        take(cutter, "o\n\nthree");
        assertThat(lines).containsExactly("one", "two", "");
        cutter.end(this::add);
        assertThat(lines).endsWith("three");
    }

    @Test
    void control_characters_are_made_visible_and_tabs_stay() {
        take(new LineCutter(100), "a\u001b[31mred\u0000\u007f\tb\rc\r\n");
        assertThat(lines).containsExactly("a\\x1b[31mred\\x00\\x7f\tb\\x0dc");
    }

    @Test
    void long_lines_are_split_between_characters_and_counted() {
        var cutter = new LineCutter(80);
        take(cutter, "x".repeat(79) + "ü" + "y".repeat(10) + "\n" + "z".repeat(80) + "\n");
        assertThat(lines).containsExactly("x".repeat(79), "ü" + "y".repeat(10), "z".repeat(80));
        assertThat(cutter.splits()).isEqualTo(1);
    }

    @Test
    void whatever_comes_no_line_is_longer_than_the_limit_and_nothing_is_lost() {
        for (long seed = 0; seed < 2_000; seed++) {
            var random = new Random(seed);
            var cutter = new LineCutter(80);
            var out = new ArrayList<byte[]>();
            int letters = 0;
            for (int piece = 0; piece < 20; piece++) {
                var bytes = new byte[random.nextInt(200)];
                random.nextBytes(bytes);
                for (int i = 0; i < bytes.length; i++) {
                    // A backslash of the service's own would look like one of ours.
                    if (random.nextInt(3) > 0 || bytes[i] == '\\') {
                        bytes[i] = 'a';
                    }
                    letters += bytes[i] == 'a' ? 1 : 0;
                }
                cutter.take(bytes, bytes.length, out::add);
            }
            cutter.end(out::add);
            int seen = 0;
            for (byte[] line : out) {
                assertThat(line.length).as("seed=%d", seed).isLessThanOrEqualTo(80);
                String text = new String(line, StandardCharsets.ISO_8859_1).replaceAll("\\\\x[0-9a-f]{2}", "");
                seen += (int) text.chars().filter(c -> c == 'a').count();
            }
            assertThat(seen).as("seed=%d", seed).isEqualTo(letters);
        }
    }
}
