package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.Agent;
import muster.agent.RunningAgents;
import muster.agent.configuration.Setting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MainTest {
    private final RunningAgents agents = new RunningAgents();

    @AfterEach
    void close() {
        agents.close();
    }

    private record Outcome(int code, String out, String error) {}

    private static Outcome muster(String... words) {
        return muster(Map.of(), words);
    }

    private static Outcome muster(Map<String, String> environment, String... words) {
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        int code = Main.run(
                List.of(words),
                new Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(error, true, StandardCharsets.UTF_8),
                        environment));
        return new Outcome(code, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
    }

    private static Outcome ask(Agent agent, String command, String... more) {
        var words = new ArrayList<>(List.of(command, "-rpc-addr", RunningAgents.rpc(agent)));
        words.addAll(List.of(more));
        return muster(words.toArray(String[]::new));
    }

    @Test
    void every_command_has_help_with_an_example_where_it_does_something() {
        for (Command command : Commands.ALL) {
            Outcome help = muster("help", command.name());
            assertThat(help.code()).isZero();
            assertThat(help.out()).startsWith("Usage: muster " + command.name());
            if (!command.settings().isEmpty()) {
                assertThat(muster(command.name(), "-h").out()).isEqualTo(help.out());
                assertThat(help.out()).contains("Example: muster " + command.name());
            }
            assertThat(muster("help").out()).contains("  " + command.name() + " ");
        }
    }

    @Test
    void no_command_is_an_error_and_a_mistyped_one_names_the_nearest() {
        assertThat(muster().code()).isEqualTo(1);
        assertThat(muster("membres").error()).contains("unknown command 'membres'; did you mean members?");
    }

    @Test
    void an_agent_that_is_not_there_is_said_with_what_to_do() {
        Outcome outcome = muster("members", "-rpc-addr", "127.0.0.1:1");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.error())
                .contains("dial tcp 127.0.0.1:1: connect: connection refused", "muster agent", "-rpc-addr");
    }

    @Test
    void members_info_tags_and_event_ask_the_agent() throws Exception {
        Agent agent = agents.start("m1");
        await().until(() -> agent.members().size() == 1);
        int port = agent.node().bound().getPort();
        assertThat(ask(agent, "members").out()).isEqualTo("m1  127.0.0.1:" + port + "  alive\n");
        assertThat(ask(agent, "members", "-detailed").out())
                .contains("Protocol Version: 5  Available Protocol Range: [2, 5]");
        assertThat(ask(agent, "members", "-format", "json").out())
                .startsWith("{\n  \"members\": [\n    {\n      \"name\": \"m1\"")
                .contains("\"tags\": {},\n", "\"port\": " + port);
        assertThat(ask(agent, "info").out()).contains("agent:\n\tname = m1\n");
        assertThat(ask(agent, "tags", "-set", "a=b").out()).isEqualTo("Successfully updated agent tags\n");
        assertThat(ask(agent, "event", "deploy").out()).contains("Event 'deploy' dispatched!");
        assertThat(ask(agent, "pool").out()).contains("No backends.");
        assertThat(ask(agent, "pool", "web").code()).isEqualTo(1);
        assertThat(ask(agent, "pool", "web").error())
                .isEqualTo("muster pool: no backends in pool 'web'; this agent has none at all."
                        + " Is it a balancer ('muster balance')?\n");
        assertThat(ask(agent, "force-leave", "m11").code()).isEqualTo(1);
        assertThat(ask(agent, "force-leave", "m11").error())
                .contains("there is no member 'm11'; did you mean m1? ('muster members'");
        assertThat(ask(agent, "join", "127.0.0.1:1").error())
                .contains("connection refused")
                .doesNotEndWith("join: \n");
        assertThat(ask(agent, "leave").out()).isEqualTo("Graceful leave complete\n");
    }

    @Test
    void svc_knows_the_words_of_other_supervisors_and_flags_that_come_too_late() {
        assertThat(muster("svc", "start", "web").error()).contains("did you mean up?");
        assertThat(muster("svc", "stop", "web").error()).contains("did you mean down?");
        assertThat(muster("svc", "down", "cache", "-wait").error())
                .contains("'-wait' comes too late: flags go before words");
    }

    @Test
    void words_and_flags_that_do_not_belong_are_refused() {
        assertThat(muster("members", "extra").error()).contains("'extra' is one word too many");
        assertThat(muster("members", "extra", "-detailed").error()).contains("flags go before words");
        assertThat(muster("members", "extra", "-detailed").error()).contains("'-detailed' comes too late");
        assertThat(muster("run", "-service", "web:1").error()).contains("say what to run");
        assertThat(muster("tags").error()).contains("-set KEY=VALUE");
        assertThat(muster("agent", "-profile", "mars").error()).contains("must be one of lan, wan, local");
        assertThat(muster("agent", "-log-level", "loud").error())
                .contains("must be one of trace, debug, info, warn, err\n");
        assertThat(muster("balance", "-listen", "8080").error()).contains("write HOST:PORT, or :8080");
        assertThat(muster("help", "balanse").error()).contains("unknown command 'balanse'; did you mean balance?");
        // An address of the documentation range is on no machine.
        assertThat(muster("agent", "-bind", "203.0.113.1").error())
                .contains("Choose an address of this machine with -bind");
    }

    @Test
    void commands_without_words_refuse_words_where_serf_passes_over_them() {
        for (String command : List.of("keygen", "version")) {
            assertThat(muster(command, "x").code()).isEqualTo(1);
            assertThat(muster(command, "x").error())
                    .containsPattern("It takes no words, and got x|'x' is one word too many");
            assertThat(muster(command, "-h").out()).startsWith("Usage: muster " + command);
            assertThat(muster("serf", command, "x").code()).isZero();
        }
    }

    @Test
    void a_flag_after_a_word_is_no_word() {
        for (String[] words : List.<String[]>of(
                new String[] {"pool", "web", "-rpc-addr", "127.0.0.1:1"},
                new String[] {"event", "deploy", "-rpc-addr", "127.0.0.1:1"},
                new String[] {"join", "localhost", "-rpc-addr", "127.0.0.1:1"},
                new String[] {"force-leave", "web1", "-prune"})) {
            Outcome outcome = muster(words);
            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.error()).contains("'" + words[2] + "' comes too late: flags go before words");
        }
        // Two dashes make it a word: nothing listens there, which only a try can tell.
        assertThat(muster("event", "-rpc-addr", "127.0.0.1:1", "--", "deploy", "-5")
                        .error())
                .contains("connection refused");
    }

    @Test
    void a_variable_is_known_when_any_command_has_it() {
        for (Command command : Commands.ALL) {
            for (Setting<?> setting : command.settings()) {
                assertThat(muster(Map.of(setting.variable(), ""), "members", "-rpc-addr", "127.0.0.1:1")
                                .error())
                        .contains("connection refused");
            }
        }
        assertThat(muster(Map.of("MUSTER_STATSU", "x"), "members").error())
                .isEqualTo("muster members: unknown environment variable MUSTER_STATSU; did you mean MUSTER_STATS?"
                        + " (variables that begin with MUSTER_ are settings; unset what is not)\n");
    }

    @Test
    void a_name_that_leads_nowhere_is_told_with_where_it_was_given() {
        assertThat(muster("agent", "-bind", "127.0.0.1:0", "-advertise", "nope.invalid")
                        .error())
                .contains("flag -advertise: the name 'nope.invalid' leads to no address");
    }

    @Test
    void a_key_is_32_bytes_in_base64() {
        assertThat(java.util.Base64.getDecoder().decode(muster("keygen").out().strip()))
                .hasSize(32);
        assertThat(muster("keygen").out()).isNotEqualTo(muster("keygen").out());
    }
}
