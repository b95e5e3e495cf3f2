package muster.balancing;

import static muster.balancing.ServiceTag.format;
import static muster.balancing.ServiceTag.parse;
import static muster.balancing.ServiceTag.services;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Service;
import muster.balancing.ServiceTag.Parsed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceTagTest {
    @Test
    void a_port_alone_is_an_http_service_of_usual_weight() {
        assertThat(parse("web", "3000"))
                .isEqualTo(new Parsed.Ok(new Service("web", 3000, "http", "", 10, Condition.READY), 0));
    }

    @Test
    void all_parameters_are_read_in_any_order() {
        assertThat(parse("web", "3000;weight=7;state=draining;check=/health?deep=1;proto=http"))
                .isEqualTo(new Parsed.Ok(new Service("web", 3000, "http", "/health?deep=1", 7, Condition.DRAINING), 0));
    }

    @Test
    void unknown_parameters_are_skipped_and_counted() {
        assertThat(parse("db", "5432;proto=tcp;zone=b;canary"))
                .isEqualTo(new Parsed.Ok(new Service("db", 5432, "tcp", "", 10, Condition.READY), 2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                        | must begin with a port from 1 to 65535, not ""
                    0                         | must begin with a port from 1 to 65535, not "0"
                    65536                     | must begin with a port from 1 to 65535, not "65536"
                    -1                        | must begin with a port from 1 to 65535, not "-1"
                    +80                       | must begin with a port from 1 to 65535, not "+80"
                    99999999999999999999      | must begin with a port
                    http                      | must begin with a port
                    80;proto=udp              | proto is http or tcp, not "udp"
                    80;proto                  | proto is http or tcp, not ""
                    80;weight=1001            | weight is a number from 0 to 1000, not "1001"
                    80;weight=-1              | weight is a number from 0 to 1000
                    80;weight=                | weight is a number from 0 to 1000
                    80;check=health           | check is a path like /health
                    80;check=/a b             | check is a path like /health
                    80;state=asleep           | state is unready, draining or not given, not "asleep"
                    80;weight=1;weight=2      | weight is given twice
                    80;state=draining;state=draining | state is given twice
                    """)
    void a_value_that_is_not_understood_is_a_problem_that_says_what_is_expected(String value, String words) {
        assertThat(parse("web", value))
                .isInstanceOfSatisfying(
                        Parsed.Problem.class,
                        problem -> assertThat(problem.sentence())
                                .startsWith("tag svc.web: ")
                                .contains(words));
    }

    @Test
    void a_problem_shows_hostile_text_without_its_control_characters_and_cut() {
        String hostile = "\u001b[31m\n\"" + "x".repeat(1_000);
        for (Parsed parsed : new Parsed[] {parse("web", hostile), parse(hostile, "80")}) {
            String sentence = ((Parsed.Problem) parsed).sentence();
            assertThat(sentence).hasSizeLessThan(250).doesNotContain("\u001b", "\n");
        }
    }

    @Test
    void one_that_fails_the_checks_of_its_node_says_so() {
        var unready = new Service("web", 80, "http", "", 10, Condition.UNREADY);
        assertThat(format(unready)).isEqualTo("80;state=unready");
        assertThat(parse("web", "80;state=unready")).isEqualTo(new Parsed.Ok(unready, 0));
    }

    @Test
    void what_is_formatted_reads_back_the_same() {
        var random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            var service = new Service(
                    "s" + random.nextInt(100),
                    1 + random.nextInt(65_535),
                    random.nextBoolean() ? "http" : "tcp",
                    random.nextBoolean() ? "" : "/" + "a/=?&%._~".substring(random.nextInt(9)),
                    random.nextInt(1_001),
                    Condition.values()[random.nextInt(Condition.values().length)]);
            assertThat(parse(service.name(), format(service))).isEqualTo(new Parsed.Ok(service, 0));
        }
    }

    @Test
    void the_shortest_form_leaves_out_what_is_usual() {
        assertThat(format(new Service("web", 80, "http", "", 10, Condition.READY)))
                .isEqualTo("80");
        assertThat(format(new Service("web", 80, "tcp", "", 0, Condition.DRAINING)))
                .isEqualTo("80;proto=tcp;weight=0;state=draining");
    }

    @Test
    void a_nodes_tags_give_its_services_and_one_problem_for_each_bad_one() {
        var tags = new TreeMap<>(
                Map.of("role", "backend", "svc.web", "80", "svc.db", "x", "svd", "1", "svc.api", "81;new=1"));
        var offers = services(tags);
        assertThat(offers.services()).extracting(Service::name).containsExactly("api", "web");
        assertThat(offers.problems()).singleElement().asString().startsWith("tag svc.db: ");
        assertThat(offers.skipped()).isEqualTo(1);
    }

    @Test
    void more_services_than_one_node_may_have_are_ignored_and_said() {
        var tags = new TreeMap<String, String>();
        for (int i = 0; i < 100; i++) {
            tags.put("svc.s" + i, "80");
        }
        var offers = services(tags);
        assertThat(offers.services()).hasSize(ServiceTag.SERVICES_PER_NODE_MAX);
        assertThat(offers.problems()).singleElement().asString().contains("more than 64 services");
    }

    @Test
    void a_tag_with_very_many_parameters_is_refused() {
        assertThat(parse("web", "80" + ";a=1".repeat(32))).isInstanceOf(Parsed.Ok.class);
        assertThat(parse("web", "80" + ";a=1".repeat(33))).isInstanceOf(Parsed.Problem.class);
    }

    @Test
    void a_service_that_cannot_be_announced_cannot_be_made() {
        assertThatThrownBy(() -> new Service("we b", 80, "http", "", 10, Condition.READY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("letters, digits");
        assertThatThrownBy(() -> new Service("web", 80, "http", "/a;b", 10, Condition.READY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** The input is {@code NAME=VALUE}. */
    @FuzzTest(maxDuration = "20s")
    void no_tag_from_the_network_throws(byte @NotNull [] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        int equals = text.indexOf('=');
        String name = text.substring(0, Math.max(0, equals));
        String value = text.substring(equals + 1);
        switch (parse(name, value)) {
            case Parsed.Ok ok -> {
                assertThat(ok.skipped()).isNotNegative();
                assertThat(parse(name, format(ok.service()))).isEqualTo(new Parsed.Ok(ok.service(), 0));
            }
            case Parsed.Problem problem -> assertThat(problem.sentence()).isNotBlank();
        }
        services(new TreeMap<>(Map.of("svc." + name, value)));
    }

    @Test
    void ten_thousand_random_tags_throw_nothing() {
        var random = new Random(11);
        String alphabet = "0123456789;=/prototcphttpcheckweightstatedraining\u0000\n é\ud83d";
        for (int i = 0; i < 10_000; i++) {
            var value = new StringBuilder();
            for (int length = random.nextInt(60); length > 0; length--) {
                value.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            if (parse("web", value.toString()) instanceof Parsed.Ok ok) {
                assertThat(parse("web", format(ok.service()))).isEqualTo(new Parsed.Ok(ok.service(), 0));
            }
        }
    }
}
