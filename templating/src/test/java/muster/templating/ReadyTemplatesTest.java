package muster.templating;

import static muster.templating.Nodes.model;
import static muster.templating.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ready templates write is what the real programs take, whoever the nodes are. */
class ReadyTemplatesTest {
    /** Random sets of hostile nodes; {@code -Dtemplates.sets=100000} for a long run. */
    private static final int SETS = Integer.getInteger("templates.sets", 2_000);

    /** Of these, through {@code haproxy -c}; each start of it costs some ten milliseconds. */
    private static final int SETS_CHECKED = Integer.getInteger("templates.checked", 60);

    private static final long SEED = Long.getLong("templates.seed", 20_261_123);

    @TempDir
    private Path folder;

    /** A ready template, and the lines that a node may add. */
    enum Ready {
        HAPROXY(
                "haproxy.cfg.hb",
                Syntax.HAPROXY,
                "    server [A-Za-z0-9._:-]+ (?:\\\\x[0-9a-f]{2}|[^ \\\\\\p{C}])+ weight \\d+ check(?: disabled)?"),
        NGINX(
                "nginx.conf.hb",
                Syntax.NGINX,
                "        server [^ ;{}\"'$\\\\\\p{C}]+ weight=\\d+ max_fails=2 fail_timeout=2s(?: down)?;"),
        CADDY("Caddyfile.hb", Syntax.CADDY, "\t\tto [^ {}\"`\\\\\\p{C}]+");

        private final String file;
        private final Syntax syntax;
        private final Pattern line;

        Ready(String file, Syntax syntax, String line) {
            this.file = file;
            this.syntax = syntax;
            this.line = Pattern.compile(line);
        }

        Template template() {
            return Template.read(Path.of("templates", file), syntax, Map.of());
        }

        List<String> check(Path rendered) {
            return switch (this) {
                case HAPROXY -> List.of("haproxy", "-c", "-q", "-f", rendered.toString());
                case NGINX ->
                    List.of("nginx", "-t", "-q", "-p", rendered.getParent().toString(), "-c", rendered.toString());
                case CADDY -> List.of("caddy", "validate", "--adapter", "caddyfile", "--config", rendered.toString());
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_program_takes_what_nobody_one_and_many_nodes_make(Ready ready) throws Exception {
        Model many = model(
                node("web1", "10.0.0.1").offers("web", 3000),
                node("web 2", "10.0.0.2").offers("web", 3000),
                node("web3", "fe80::3").offers(new Service("web", 3000, "http", "/health", 0, Condition.READY)),
                node("web4", "10.0.0.4").offers(new Service("web", 3000, "http", "", 1000, Condition.DRAINING)),
                node("web5", "10.0.0.5").is(Presence.SUSPECT).offers("web", 3000),
                node("web6", "10.0.0.6").is(Presence.FAILED).offers("web", 3000),
                node("web7", "10.0.0.7").is(Presence.LEAVING).offers("web", 3000));
        Model draining =
                model(node("w", "10.0.0.1").offers(new Service("web", 80, "http", "", 10, Condition.DRAINING)));
        Model weightless = model(node("w", "10.0.0.1").offers(new Service("web", 80, "http", "", 0, Condition.READY)));

        for (Model each :
                List.of(model(), model(node("w", "10.0.0.1").offers("web", 80)), draining, weightless, many)) {
            String text = ready.template().render(each).text();

            assertThat(complaint(ready, text)).as(text).isEmpty();
        }
    }

    /** The file that handlers gave to the {@code handlebars} command, with {@code --name} and {@code --addresses}. */
    @ParameterizedTest
    @ValueSource(strings = {"web", "api"})
    void a_template_from_the_days_of_handlers_is_filled_unchanged(String pool) throws Exception {
        Template template =
                Template.read(Path.of("../examples/classic-glue/etc/haproxy/haproxy.cfg.hb"), Syntax.HAPROXY, Map.of());
        Model some = model(
                        node("web1", "10.0.0.1")
                                .offers(pool, 3000)
                                .offers(new Service("db", 5432, "tcp", "", 10, Condition.READY)),
                        node("web2", "10.0.0.2").offers(pool, 3001))
                .forPool(pool, true);

        String text = template.render(some).text();

        assertThat(text.lines().filter(line -> line.startsWith("    server ")).toList())
                .containsExactly(
                        "    server web1 10.0.0.1:3000 check inter 1s", "    server web2 10.0.0.2:3001 check inter 1s");
        assertThat(text).contains("\n    default_backend " + pool + "\n", "\nbackend " + pool + "\n");
        assertThat(complaint(Ready.HAPROXY, text)).as(text).isEmpty();
        assertThat(complaint(Ready.HAPROXY, template.render(model()).text())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void who_drains_gets_new_requests_only_while_there_is_nobody_else(Ready ready) {
        var draining = node("w1", "10.0.0.1").offers(new Service("web", 80, "http", "", 10, Condition.DRAINING));
        var other = node("w2", "10.0.0.2").offers(new Service("web", 80, "http", "", 10, Condition.DRAINING));
        var well = node("w3", "10.0.0.3").offers("web", 80);

        assertThat(taking(ready, model(draining, other)))
                .hasSize(2)
                .anyMatch(line -> line.contains("10.0.0.1:80"))
                .anyMatch(line -> line.contains("10.0.0.2:80"));
        assertThat(taking(ready, model(draining, other, well)))
                .singleElement()
                .asString()
                .contains("10.0.0.3:80");
    }

    @ParameterizedTest
    @EnumSource
    void who_has_the_weight_0_gets_no_new_requests_and_is_nobody_for_whom_another_could_drain(Ready ready) {
        var weightless = node("w1", "10.0.0.1").offers(new Service("web", 80, "http", "", 0, Condition.READY));
        var alsoDraining = node("w2", "10.0.0.2").offers(new Service("web", 80, "http", "", 0, Condition.DRAINING));
        var draining = node("w3", "10.0.0.3").offers(new Service("web", 80, "http", "", 10, Condition.DRAINING));
        var well = node("w4", "10.0.0.4").offers("web", 80);

        assertThat(taking(ready, model(weightless))).isEmpty();
        assertThat(taking(ready, model(weightless, alsoDraining))).isEmpty();
        assertThat(taking(ready, model(weightless, alsoDraining, draining)))
                .singleElement()
                .asString()
                .contains("10.0.0.3:80");
        assertThat(taking(ready, model(weightless, alsoDraining, draining, well)))
                .singleElement()
                .asString()
                .contains("10.0.0.4:80");
    }

    private static List<String> taking(Ready ready, Model model) {
        return ready.template()
                .render(model)
                .text()
                .lines()
                .filter(line -> ready.line.matcher(line).matches())
                .filter(line -> !line.matches(".* (disabled|down;|weight 0 .*)"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void no_hostile_node_adds_a_line_or_a_token(Ready ready) {
        Template template = ready.template();
        String nobody = template.render(model()).text();
        for (int i = 0; i < SETS; i++) {
            long seed = SEED + i;
            var nodes = Hostile.nodes(new Random(seed), 5);

            Rendering rendering = template.render(Model.of(nodes));

            String own = rendering.text();
            long backends = own.lines()
                    .filter(line -> ready.line.matcher(line).matches())
                    .count();
            assertThat(backends).as("seed=%d", seed).isLessThanOrEqualTo(nodes.size());
            // Without those lines it is the configuration of nobody, but for what stands in for them.
            assertThat(own.lines()
                            .filter(line -> !ready.line.matcher(line).matches())
                            .toList())
                    .as("seed=%d%n%s", seed, own)
                    .isSubsetOf(withNobodyAndSomebody(template, nobody));
            assertThat(own.lines().count()).as("seed=%d", seed).isEqualTo(frame(template, backends) + backends);
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_program_takes_what_hostile_nodes_make(Ready ready) throws Exception {
        Template template = ready.template();
        for (int i = 0; i < SETS_CHECKED; i++) {
            long seed = SEED + i;
            // nginx looks names up when it starts, and these exist nowhere. A member's address is never a name.
            var nodes = Hostile.nodes(new Random(seed), 20).stream()
                    .filter(node -> ready != Ready.NGINX || node.host().matches("10\\..*|fe80:.*"))
                    .toList();
            Rendering rendering = template.render(Model.of(nodes));

            assertThat(complaint(ready, rendering.text()))
                    .as("seed=%d%n%s", seed, rendering.text())
                    .isEmpty();
        }
    }

    private static List<String> withNobodyAndSomebody(Template template, String nobody) {
        String somebody =
                template.render(model(node("w", "10.0.0.1").offers("web", 80))).text();
        return List.of((nobody + "\n" + somebody).split("\n", -1));
    }

    /** Lines besides those of backends. */
    private static long frame(Template template, long backends) {
        Model like = backends == 0 ? model() : model(node("w", "10.0.0.1").offers("web", 80));
        return template.render(like).text().lines().count() - Math.min(backends, 1);
    }

    /** What the program says of it; empty when it takes it. */
    private String complaint(Ready ready, String text) throws IOException, InterruptedException {
        Path rendered = Files.writeString(folder.resolve(ready.file.replace(".hb", "")), text);
        List<String> command = ready.check(rendered);
        Assumptions.assumeTrue(
                List.of("/usr/sbin", "/usr/bin", "/usr/local/bin").stream()
                        .anyMatch(bin -> Files.isExecutable(Path.of(bin, command.getFirst()))),
                command.getFirst() + " is not installed; ./verify installs it");
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", System.getenv("PATH") + ":/usr/sbin:/usr/local/bin");
        builder.environment().put("HOME", folder.toString()); // Caddy keeps things there
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0 ? "" : said;
    }
}
