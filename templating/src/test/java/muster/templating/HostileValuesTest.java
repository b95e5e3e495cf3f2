package muster.templating;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Presence;
import org.junit.jupiter.api.Test;

/**
 * Each program's own reading of a line, after its source: what was written comes back as the same tokens with the same
 * values, wherever in a line the template puts them.
 */
class HostileValuesTest {
    private static final int SETS = Integer.getInteger("templates.sets", 3_000);
    private static final long SEED = Long.getLong("templates.seed", 77);

    private static final String BARE =
            "{{#each members}}set {{name}} a{{tags.k}}b \"q{{tags.k}}q\" '{{tags.k}}'\n{{/each}}";
    private static final String QUOTED = "{{#each members}}set {{quote tags.k}} x{{tags.n}}:y\n{{/each}}";

    /** How a program cuts a line into tokens, and what it makes of them. */
    private interface Reader {
        List<String> tokens(String line);
    }

    @Test
    void haproxy_reads_the_same_values_in_the_same_places() {
        forEachHostile((seed, name, value) -> {
            String text = written(Syntax.HAPROXY, BARE, name, value);
            if (!text.isEmpty()) {
                assertThat(text.lines()).as("seed=%d", seed).hasSize(1);
                List<String> tokens = haproxy(text.stripTrailing());
                assertThat(tokens).as("seed=%d %s", seed, text).hasSize(5);
                assertThat(tokens.subList(0, 4))
                        .as("seed=%d %s", seed, text)
                        .containsExactly("set", name, "a" + value + "b", "q" + value + "q");
            }
            check(Syntax.HAPROXY, HostileValuesTest::haproxy, seed, value);
        });
    }

    @Test
    void nginx_reads_the_same_values_in_the_same_places() {
        forEachHostile((seed, name, value) -> check(Syntax.NGINX, HostileValuesTest::nginx, seed, value));
    }

    @Test
    void caddy_reads_the_same_values_in_the_same_places() {
        forEachHostile((seed, name, value) -> check(Syntax.CADDY, HostileValuesTest::caddy, seed, value));
    }

    @Test
    void json_keeps_its_shape() {
        String template =
                "{{#each members}}{\"a\": \"{{tags.k}}\", \"b\": {{quote tags.k}}, \"c\": {{json tags.k}} }\n{{/each}}";
        forEachHostile((seed, _, value) -> {
            String text = written(Syntax.JSON, template, "n", value);
            // Three strings and nothing else: with strings taken out, the frame is left.
            assertThat(text.replaceAll("\"(?:[^\"\\\\\\n]|\\\\.)*\"", "S"))
                    .as("seed=%d %s", seed, text)
                    .isEqualTo("{S: S, S: S, S: S }\n");
        });
    }

    @Test
    void plain_files_get_one_word_or_nothing() {
        forEachHostile((seed, _, value) -> {
            String text = written(Syntax.PLAIN, "{{#each members}}[{{tags.k}}]{{/each}}", "n", value);
            assertThat(text).as("seed=%d", seed).matches("|\\[[A-Za-z0-9._:/@+~-]*\\]");
        });
    }

    private static void check(Syntax syntax, Reader reader, long seed, String value) {
        String text = written(syntax, QUOTED, "node", value);
        if (text.isEmpty()) {
            return; // refused
        }
        assertThat(text.lines()).as("seed=%d", seed).hasSize(1);
        assertThat(reader.tokens(text.stripTrailing()))
                .as("seed=%d %s", seed, text)
                .containsExactly("set", value, "xplain:y");
    }

    private static String written(Syntax syntax, String template, String name, String value) {
        var tags = new TreeMap<>(Map.of("k", value, "n", "plain"));
        var node = new Announcement(name, "10.0.0.1", tags, Presence.ALIVE, List.of());
        return Template.of("t", template, Path.of("."), syntax, Map.of())
                .render(Model.of(List.of(node)))
                .text();
    }

    private interface Scene {
        void play(long seed, String name, String value);
    }

    private static void forEachHostile(Scene scene) {
        for (int i = 0; i < SETS; i++) {
            var random = new Random(SEED + i);
            String name = Hostile.text(random);
            String value = Hostile.text(random);
            scene.play(SEED + i, name, value);
        }
    }

    /** As parse_line() of HAProxy: blanks, both quotes, backslashes, comments, variables in weak quotes. */
    private static List<String> haproxy(String line) {
        var tokens = new ArrayList<String>();
        byte[] in = line.getBytes(StandardCharsets.UTF_8);
        var token = new java.io.ByteArrayOutputStream();
        boolean begun = false;
        boolean weak = false;
        boolean strong = false;
        for (int i = 0; i < in.length; i++) {
            char c = (char) (in[i] & 0xff);
            if (c == '"' && !strong) {
                weak = !weak;
                begun = true;
            } else if (c == '\'' && !weak) {
                strong = !strong;
                begun = true;
            } else if (c == '\\' && !strong) {
                char next = i + 1 < in.length ? (char) (in[i + 1] & 0xff) : 0;
                begun = true;
                if (next == 'x' && i + 3 < in.length) {
                    token.write(Integer.parseInt(new String(in, i + 2, 2, StandardCharsets.US_ASCII), 16));
                    i += 3;
                } else {
                    throw new AssertionError("a backslash before " + next + " in " + line);
                }
            } else if (c == '#' && !weak && !strong) {
                break;
            } else if (c == '$' && weak) {
                throw new AssertionError("a variable in " + line);
            } else if ((c == ' ' || c == '\t') && !weak && !strong) {
                if (begun) {
                    tokens.add(token.toString(StandardCharsets.UTF_8));
                    token.reset();
                    begun = false;
                }
            } else {
                token.write(c);
                begun = true;
            }
        }
        assertThat(weak || strong).as(line).isFalse();
        if (begun) {
            tokens.add(token.toString(StandardCharsets.UTF_8));
        }
        return tokens;
    }

    /** As ngx_conf_read_token(): quotes at the beginning of a token only, and what ends a directive. */
    private static List<String> nginx(String line) {
        var tokens = new ArrayList<String>();
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i);
            if (c == ' ') {
                i++;
                continue;
            }
            assertThat("#;{}").as(line).doesNotContain(String.valueOf(c));
            var token = new StringBuilder();
            if (c == '"' || c == '\'') {
                int end = i + 1;
                while (line.charAt(end) != c) {
                    if (line.charAt(end) == '\\') {
                        end++;
                        assertThat("\"\\").as(line).contains(String.valueOf(line.charAt(end)));
                    }
                    assertThat(line.charAt(end)).as(line).isNotEqualTo('$');
                    token.append(line.charAt(end++));
                }
                i = end + 1;
                assertThat(i == line.length() || line.charAt(i) == ' ').as(line).isTrue();
            } else {
                while (i < line.length() && line.charAt(i) != ' ') {
                    assertThat(";{}$\\").as(line).doesNotContain(String.valueOf(line.charAt(i)));
                    token.append(line.charAt(i++));
                }
            }
            tokens.add(token.toString());
        }
        return tokens;
    }

    /** As Caddy's lexer: quotes at the beginning of a token, in which a backslash frees a quote and nothing else. */
    private static List<String> caddy(String line) {
        assertThat(line).doesNotContain("{").doesNotContain("}");
        var tokens = new ArrayList<String>();
        int i = 0;
        while (i < line.length()) {
            if (Character.isWhitespace(line.charAt(i))) {
                i++;
                continue;
            }
            var token = new StringBuilder();
            if (line.charAt(i) == '"') {
                i++;
                while (line.charAt(i) != '"') {
                    if (line.charAt(i) == '\\' && line.charAt(i + 1) == '"') {
                        i++;
                    }
                    token.append(line.charAt(i++));
                }
                i++;
            } else {
                assertThat(line.charAt(i)).as(line).isNotEqualTo('#');
                while (i < line.length() && !Character.isWhitespace(line.charAt(i))) {
                    assertThat(line.charAt(i)).as(line).isNotIn('"', '`', '<');
                    token.append(line.charAt(i++));
                }
            }
            tokens.add(token.toString());
        }
        return tokens;
    }
}
