package muster.templating;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyntaxTest {
    @ParameterizedTest
    @EnumSource
    void what_addresses_names_and_paths_consist_of_stays_as_it_is(Syntax syntax) {
        for (String usual : new String[] {"web-1.example_2", "10.0.0.1", "a/b", "x@y+z"}) {
            assertThat(syntax.bare(usual)).isEqualTo(usual);
        }
    }

    @ParameterizedTest
    @EnumSource
    void no_line_break_control_character_or_turned_direction_is_written_as_it_is(Syntax syntax) {
        for (int c = 0; c < 0x10000; c++) {
            boolean harmful = Character.isISOControl(c)
                    || c == 0x2028
                    || c == 0x2029
                    || Character.getType(c) == Character.FORMAT
                    || Character.isSurrogate((char) c);
            if (harmful) {
                String text = "a" + (char) c + "b";
                assertThat(syntax.bare(text))
                        .as("U+%04x", c)
                        .satisfiesAnyOf(
                                written -> assertThat(written).isNull(),
                                written -> assertThat(written).doesNotContain(text.substring(1, 2)));
                assertThat(syntax.quoted(text))
                        .as("U+%04x", c)
                        .satisfiesAnyOf(
                                written -> assertThat(written).isNull(),
                                written -> assertThat(written).doesNotContain(text.substring(1, 2)));
            }
        }
    }

    @Test
    void haproxy_reads_hexadecimal_escapes_and_gets_no_format_expression() {
        assertThat(Syntax.HAPROXY.bare("a b#c\"d'e\\f$g{h}é"))
                .isEqualTo("a\\x20b\\x23c\\x22d\\x27e\\x5cf\\x24g\\x7bh\\x7d\\xc3\\xa9");
        assertThat(Syntax.HAPROXY.bare("%[req.hdr(x)]")).isNull();
        assertThat(Syntax.HAPROXY.quoted("")).isEqualTo("\"\"");
    }

    @Test
    void nginx_and_caddy_have_quotes_for_a_whole_token_only() {
        assertThat(Syntax.NGINX.bare("a b")).isNull();
        assertThat(Syntax.NGINX.quoted("a b;{}\"\\#")).isEqualTo("\"a b;{}\\\"\\\\#\"");
        assertThat(Syntax.NGINX.quoted("$host")).isNull();
        assertThat(Syntax.CADDY.quoted("a \"b\"")).isEqualTo("\"a \\\"b\\\"\"");
        assertThat(Syntax.CADDY.quoted("{env.SECRET}")).isNull();
        assertThat(Syntax.CADDY.quoted("\\")).isNull();
    }

    @Test
    void json_escapes_whatever_could_end_a_string_or_a_value() {
        assertThat(Syntax.JSON.bare("a\",:b\n")).isEqualTo("a\\u0022\\u002c\\u003ab\\u000a");
        assertThat(Syntax.JSON.quoted("a\"\n\ud83d\ude00\ud800")).isEqualTo("\"a\\\"\\n\ud83d\ude00\\ud800\"");
    }

    @Test
    void yaml_has_plain_scalars_and_quotes() {
        assertThat(Syntax.YAML.bare("10.0.0.1:80")).isEqualTo("10.0.0.1:80");
        for (String other : new String[] {"- a", "-", "---", "...", "a:", "@a", "~", "a b", "&x", "*x", "!x"}) {
            assertThat(Syntax.YAML.bare(other)).as(other).isNull();
        }
        assertThat(Syntax.YAML.quoted("a: \"b\"")).isEqualTo("\"a: \\\"b\\\"\"");
    }

    @Test
    void the_name_of_a_file_tells_its_syntax() {
        assertThat(Syntax.ofFile("haproxy.cfg.hb")).isEqualTo(Syntax.HAPROXY);
        assertThat(Syntax.ofFile("nginx.conf")).isEqualTo(Syntax.NGINX);
        assertThat(Syntax.ofFile("Caddyfile.hbs")).isEqualTo(Syntax.CADDY);
        assertThat(Syntax.ofFile("targets.json.hb")).isEqualTo(Syntax.JSON);
        assertThat(Syntax.ofFile("x.yml")).isEqualTo(Syntax.YAML);
        assertThat(Syntax.ofFile("hosts")).isEqualTo(Syntax.PLAIN);
        assertThat(Syntax.named("nginx")).isEqualTo(Syntax.NGINX);
        assertThat(Syntax.named("NGINX")).isNull();
    }
}
