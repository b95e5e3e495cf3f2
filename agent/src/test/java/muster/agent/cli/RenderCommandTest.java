package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.Agent;
import muster.agent.MusterProgram;
import muster.agent.RunningAgents;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.agent.render.Followers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real agents, real files. What runs commands is a program of its own: in this JVM others wait for their children. */
class RenderCommandTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("PATH", System.getenv("PATH"));

    @TempDir
    private Path folder;

    private final RunningAgents agents = new RunningAgents();

    private record Ran(int code, String out, String error) {}

    @AfterEach
    void close() {
        agents.close();
    }

    private static Ran render(Agent agent, String... more) {
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        var arguments = new ArrayList<>(List.of("render", "-rpc-addr", RunningAgents.rpc(agent)));
        arguments.addAll(List.of(more));
        int code = Main.run(
                arguments,
                new Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(error, true, StandardCharsets.UTF_8),
                        ENVIRONMENT));
        return new Ran(code, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
    }

    private String template() throws Exception {
        Path template = folder.resolve("t.hb");
        Files.writeString(
                template, "{{#each services.web.addresses}}\nserver {{host}} {{address}} {{tags.zone}}\n{{/each}}\n");
        return template + ":" + folder.resolve("out.cfg");
    }

    private Agent web(String... more) throws Exception {
        Agent agent = agents.start("m1", more);
        await().until(() -> agent.members().size() == 1);
        return agent;
    }

    @Test
    void it_shows_compares_and_writes() throws Exception {
        Agent agent = web("-tag", "svc.web=3000", "-tag", "zone=eu");
        Path destination = folder.resolve("out.cfg");
        String line = "server m1 127.0.0.1:3000 eu\n";

        assertThat(render(agent, "-template", template(), "-dry-run")).isEqualTo(new Ran(0, line, ""));
        assertThat(destination).doesNotExist();
        Ran diff = render(agent, "-template", template(), "-diff");
        assertThat(diff.code()).isEqualTo(1);
        assertThat(diff.out()).contains("+" + line);
        assertThat(render(agent, "-template", template())).isEqualTo(new Ran(0, destination + ": applied\n", ""));
        assertThat(destination).hasContent(line);
        assertThat(render(agent, "-template", template(), "-once").out()).isEqualTo(destination + ": unchanged\n");
        assertThat(render(agent, "-template", template(), "-diff")).isEqualTo(new Ran(0, "", ""));
    }

    @Test
    void a_file_of_settings_has_templates_with_checks_and_each_is_asked_for_by_name() throws Exception {
        Agent agent = web("-tag", "svc.web=3000");
        template();
        Path settings = Files.writeString(folder.resolve("s.yaml"), """
                        templates:
                          good:
                            template: %1$s/t.hb
                            destination: %1$s/good.cfg
                            mode: 600
                            check: grep -q server "$RENDERED"
                            apply: cp "$DESTINATION" %1$s/applied
                          bad:
                            template: %1$s/t.hb
                            destination: %1$s/bad.cfg
                            check: echo not this one; false
                        """.formatted(folder));

        MusterProgram.Outcome good = MusterProgram.run(
                Map.of(), "render", "-rpc-addr", RunningAgents.rpc(agent), "-config-file", settings.toString(), "good");
        assertThat(good.error()).isEmpty();
        assertThat(good.code()).isZero();
        assertThat(folder.resolve("applied")).hasContent("server m1 127.0.0.1:3000 \n");

        MusterProgram.Outcome all = MusterProgram.run(
                Map.of(), "render", "-rpc-addr", RunningAgents.rpc(agent), "-config-file", settings.toString());
        assertThat(all.code()).isEqualTo(1);
        assertThat(all.error()).contains("muster render: bad: not this one");
        assertThat(folder.resolve("bad.cfg")).doesNotExist();

        Ran unknown = render(agent, "-config-file", settings.toString(), "other");
        assertThat(unknown.error()).contains("there is no template called 'other'; there are: bad, good");
    }

    @Test
    void mistakes_in_settings_are_told_with_their_place() throws Exception {
        Agent agent = web();
        Path settings = Files.writeString(folder.resolve("s.yaml"), """
                        templates:
                          a:
                            template: x
                            destinaton: y
                            mode: 9999
                            syntax: perl
                        """);

        Ran ran = render(agent, "-config-file", settings.toString());

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.error())
                .contains("s.yaml:4:5: unknown key 'templates.a.destinaton'")
                .contains("did you mean");
        Files.writeString(settings, "templates:\n  a:\n    template: x\n    mode: 9999\n    syntax: perl\n");
        assertThat(render(agent, "-config-file", settings.toString()).error())
                .contains("s.yaml:4:11: templates.a.mode: '9999' must be octal, like 644")
                .contains("templates.a.syntax: 'perl' must be one of");
        Files.writeString(settings, "templates:\n  a:\n    template: x\n");
        assertThat(render(agent, "-config-file", settings.toString()).error())
                .contains("templates.a: destination is missing");
        assertThat(render(agent).error()).contains("no template is given");
        assertThat(render(agent, "-template", template(), "-once", "-watch").error())
                .contains("-once and -watch exclude each other");
    }

    @Test
    void a_running_agent_follows_its_members_and_a_node_that_cannot_be_written_keeps_nobody_away() throws Exception {
        Agent agent = web("-tag", "svc.web=3000", "-tag", "zone=eu");
        Configuration configuration = Configuration.load(
                FlagParser.parse(List.of("-template", template()), Schema.AGENT).given(), ENVIRONMENT, Schema.AGENT);
        try (Followers _ = Followers.of(agent, configuration, ENVIRONMENT)) {
            Path destination = folder.resolve("out.cfg");
            await().until(() ->
                    Files.exists(destination) && Files.readString(destination).contains("m1"));

            Agent other = agents.start("m2", "-tag", "svc.web=3001", "-tag", "zone=us");
            RunningAgents.join(agent, other);
            await().until(() -> Files.readString(destination).contains("server m2 127.0.0.1:3001 us\n"));

            Agent evil = agents.start("m3", "-tag", "svc.web=3002");
            evil.changeTags(new java.util.TreeMap<>(Map.of("zone", "x\nserver z 6.6.6.6:1")), List.of());
            RunningAgents.join(agent, evil);
            other.changeTags(new java.util.TreeMap<>(Map.of("zone", "asia")), List.of());
            await().until(() -> agent.members().size() == 3
                    && Files.readString(destination).contains("server m2 127.0.0.1:3001 asia\n"));
            assertThat(destination).hasContent("server m1 127.0.0.1:3000 eu\nserver m2 127.0.0.1:3001 asia\n");
        }
    }
}
