package muster.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '#',
            value = {
                "p.* ~ py1 ~ true",
                "web ~ a web tier ~ true",
                "^web$ ~ webs ~ false",
                "^(web|db)$ ~ db ~ true",
                "^(web|db)$ ~ dbs ~ false",
                "a{2,3}$ ~ baa ~ true",
                "^a{2,3}$ ~ aaaa ~ false",
                "^a{2,}$ ~ aaaaa ~ true",
                "^a{3}b?$ ~ aaa ~ true",
                "x{a} ~ x{a} ~ true",
                "^[a-c]+[^0-9]$ ~ abcd ~ true",
                "^[a-c]+[^0-9]$ ~ abc1 ~ false",
                "^[]a-]+$ ~ ]-a ~ true",
                "^[[:alpha:]_]+\\d\\d$ ~ zone_42 ~ true",
                "^\\w+\\s\\S+$ ~ eu west-1 ~ true",
                "(?i)WEB ~ my web ~ true",
                "(?i:w)EB ~ wEB ~ true",
                "(?i:w)EB ~ Web ~ false",
                "\\bweb\\b ~ a-web-b ~ true",
                "\\bweb\\b ~ cobweb ~ false",
                "^(?P<zone>[a-z]+)-(?<n>[0-9]+)$ ~ eu-12 ~ true",
                "^\\x41\\x{42}$ ~ AB ~ true",
                "a\\.b ~ axb ~ false",
                "^(a|b)*c$ ~ ababc ~ true",
                "^(a*)*$ ~ aaaab ~ false",
                "a+? ~ caat ~ true",
                "^$ ~ ## ~ true",
                "## ~ anything ~ true",
            })
    void is_found_where_go_finds_it(String expression, String text, boolean found) {
        assertThat(Expression.compile(expression).foundIn(text)).isEqualTo(found);
    }

    @Test
    void lines_and_dots_follow_their_flags() {
        assertThat(Expression.compile("^b$").foundIn("a\nb")).isFalse();
        assertThat(Expression.compile("(?m)^b$").foundIn("a\nb\nc")).isTrue();
        assertThat(Expression.compile("a.b").foundIn("a\nb")).isFalse();
        assertThat(Expression.compile("(?s)a.b").foundIn("a\nb")).isTrue();
        assertThat(Expression.compile("((?s)a.)b.").foundIn("a\nb\n"))
                .as("only inside its group")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                ")",
                "a)",
                "[a",
                "[z-a]",
                "*a",
                "a**",
                "(?x)",
                "\\",
                "\\k",
                "\\p{Greek}",
                "a{1001}",
                "a{3,2}",
                "[[:nope:]]",
                "(?=a)",
                "\\1",
                "(a{100}){100}",
                "\\x4",
                "(?P<a"
            })
    void what_go_refuses_is_refused(String expression) {
        assertThat(Expression.compile(expression)).isNull();
    }

    @Test
    void nested_groups_and_long_expressions_are_limited() {
        assertThat(Expression.compile("(".repeat(2_000) + ")".repeat(2_000))).isNull();
        assertThat(Expression.compile("a".repeat(Expression.STEPS_MAX + 1))).isNull();
        assertThat(Expression.compile("a".repeat(Expression.STEPS_MAX))).isNotNull();
    }

    @Test
    void what_takes_others_for_ever_ends() {
        String evil = "^(([a-z])+.)+[A-Z]([a-z])+$";
        assertThat(Expression.compile(evil).foundIn("a".repeat(500))).isFalse();
        assertThat(Expression.compile("(a?){60}a{60}").foundIn("a".repeat(60))).isTrue();
        assertThat(Expression.compile("(((a?){15}){15}){15}")).isNull();
    }

    @Test
    void random_expressions_are_read_as_the_jdk_reads_them() {
        var random = new Random(7);
        String[] parts = {"a", "b", "ab", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "(?:b|)", "^", "$", "\\b", "\\w"};
        String[] repeats = {"", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"};
        for (int run = 0; run < 3_000; run++) {
            var expression = new StringBuilder();
            for (int i = random.nextInt(5); i >= 0; i--) {
                expression.append(parts[random.nextInt(parts.length)]).append(repeats[random.nextInt(repeats.length)]);
                expression.append(random.nextInt(8) == 0 ? "|" : "");
            }
            var text = new StringBuilder();
            for (int i = random.nextInt(8); i > 0; i--) {
                text.append("abc".charAt(random.nextInt(3)));
            }
            Expression ours = Expression.compile(expression.toString());
            assertThat(ours).as(expression.toString()).isNotNull();
            assertThat(ours.foundIn(text.toString()))
                    .as("run %d: %s in '%s'", run, expression, text)
                    .isEqualTo(
                            Pattern.compile(expression.toString()).matcher(text).find());
        }
    }
}
