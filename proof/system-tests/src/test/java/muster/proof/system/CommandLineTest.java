package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Outcome;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A wrong word on the command line ends with code 1 and says what is wrong, where, and what to do. */
@ExtendWith(Stages.class)
class CommandLineTest {

    private static void assertRefused(Outcome outcome, String... says) {
        assertThat(outcome.exitCode()).as(outcome.output()).isEqualTo(1);
        assertThat(outcome.output()).contains(says).doesNotContain("Exception", "\tat ");
    }

    static Stream<Arguments> wrong_words_and_what_they_are_answered() {
        return Stream.of(
                Arguments.of("", "Usage: muster COMMAND"),
                Arguments.of("balanse", "unknown command 'balanse'; did you mean balance?"),
                Arguments.of("agent -bnd=127.0.0.1", "unknown flag -bnd; did you mean -bind?"),
                Arguments.of("agent -profile=wann", "-profile: 'wann' must be one of lan, wan, local"),
                Arguments.of(
                        "agent -bind=1.2.3.4.5",
                        "-bind: '1.2.3.4.5' is not an address: an IPv4 address is four numbers"),
                Arguments.of("agent -encrypt=abc", "the key has 2 bytes and must have 16, 24 or 32; 'muster keygen'"),
                Arguments.of("agent -config-file=/nowhere.yaml", "/nowhere.yaml: no such file; check -config-file"),
                Arguments.of("run -service=web:99999 -- true", "port must be a number from 1 to 65535"),
                Arguments.of("run -service=web:3000", "say what to run, after two dashes"),
                Arguments.of("run", "say what to run, after two dashes: muster run -- node app.js"),
                Arguments.of("run -log=nowhere -- true", "-log: 'nowhere' is none of inherit, console, file:PATH"),
                Arguments.of("run -ready=port:3 -- true", "-ready: 'port:3' is none of tcp:PORT"),
                Arguments.of("run -ready=tcp -- true", "-ready: 'tcp' does not say what is asked; write tcp:PORT"),
                Arguments.of("init -user=nobody", "flag -user is about the command, and there is no command"),
                Arguments.of("init -tree=/nowhere", "the tree /nowhere is no directory"),
                Arguments.of("run -limit=files=3 -- true", "'files=3' must be NAME=LIMIT"),
                Arguments.of("svc stauts", "did you mean status?"),
                Arguments.of("balance -picker=random", "-picker: 'random' must be one of"));
    }

    @ParameterizedTest(name = "muster {0}")
    @MethodSource("wrong_words_and_what_they_are_answered")
    void a_wrong_word_is_answered_with_the_place_and_the_remedy(String words, String answer, Stage stage) {
        assertRefused(stage.muster(words.isEmpty() ? new String[0] : words.split(" ")), answer);
    }

    static Stream<Arguments> bad_files_and_what_they_are_answered() {
        return Stream.of(
                Arguments.of("profile: lan\nprofil: wan\n", ":2:1: unknown key 'profil'; did you mean profile?"),
                Arguments.of("node_name: a\nretry_interval: soon\n", ":2:17: retry_interval: 'soon' is not a duration"),
                Arguments.of("node_name: [a\n", ":2:1: not YAML"),
                Arguments.of(
                        "services:\n  web:\n    comand: a\n",
                        ":3:5: unknown key 'services.web.comand'; did you mean command?"),
                Arguments.of(
                        "services:\n  web:\n    command: a\n    nice: 99x\n",
                        ":4:11: services.web.nice: '99x' must be from -20 to 19"),
                Arguments.of(
                        "services:\n  web:\n    command: a\n    command: b\n",
                        ":4:5: key 'services.web.command' is there twice"),
                Arguments.of("services:\n  web: node\n", ":2:8: services.web: expected a map"),
                Arguments.of("services:\n  'a b': {command: x}\n", ":2:3: a service needs a name of letters"));
    }

    @ParameterizedTest
    @MethodSource("bad_files_and_what_they_are_answered")
    void a_bad_file_is_answered_with_its_line(String content, String answer, Stage stage) {
        var file = stage.file("muster.yaml", content);
        assertRefused(stage.muster("agent", "-config-file=" + file), file + answer);
    }

    @Test
    void a_service_that_needs_what_is_not_there_is_refused_before_any_is_started(Stage stage) {
        var file = stage.file(
                "muster.yaml",
                "services:\n  db: {command: touch " + stage.directory().resolve("started")
                        + "}\n  web: {command: a, depends_on: [db, cache]}\n");
        assertRefused(
                stage.muster("run", "-config-file=" + file),
                "services.web.depends_on: service web needs cache, which is not there; known are db, web");
        assertThat(stage.directory().resolve("started")).doesNotExist();
    }

    @Test
    void services_that_wait_for_each_other_are_refused(Stage stage) {
        var file = stage.file(
                "muster.yaml",
                "services:\n  web: {command: a, depends_on: [db]}\n  db: {command: b, depends_on: [web]}\n");
        assertRefused(
                stage.muster("run", "-config-file=" + file),
                "services must not wait for each other, none can be the first: db needs web (" + file + ":3:");
    }

    @Test
    void a_bad_environment_variable_is_named(Stage stage) {
        assertRefused(
                stage.muster(Map.of("MUSTER_PROFILE", "wann"), "agent"),
                "environment variable MUSTER_PROFILE: 'wann' must be one of lan, wan, local");
    }

    @Test
    void flags_win_over_the_environment_which_wins_over_the_file_which_wins_over_the_default(Stage stage) {
        var file = stage.file("muster.yaml", "profile: local\nnode_name: from-file\ntags:\n  zone: file\n");
        var fromFile = started(stage, "-config-file=" + file);
        assertThat(banner(fromFile)).contains("Profile: local", "Node name: 'from-file'");

        var fromEnvironment = started(stage.agent("any").environment("MUSTER_PROFILE", "wan"), "-config-file=" + file);
        assertThat(banner(fromEnvironment)).contains("Profile: wan");

        var fromFlag = started(
                stage.agent("any").environment("MUSTER_PROFILE", "wan"),
                "-config-file=" + file,
                "-profile=lan",
                "-node=from-flag");
        assertThat(banner(fromFlag)).contains("Profile: lan", "Node name: 'from-flag'");

        assertThat(banner(started(stage))).contains("Profile: lan");
    }

    private static MusterNode started(Stage stage, String... flags) {
        return started(stage.agent("any"), flags);
    }

    /** Only what the flags say, not even a name of its own. */
    private static MusterNode started(MusterNode agent, String... flags) {
        agent.unnamed().with(flags).launch().program().awaitLine("Log data will now stream in");
        return agent;
    }

    private static String banner(MusterNode node) {
        return node.program().output().replaceAll(" +", " ");
    }

    @Test
    void a_taken_port_is_named_with_the_flag_that_changes_it(Stage stage) throws IOException {
        var address = stage.address();
        try (var taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            var place = address + ":" + taken.getLocalPort();
            var free = stage.address() + ":27946";
            assertRefused(stage.muster("agent", "-bind=" + place, "-rpc-addr=" + address + ":27373"), place, "-bind");
            assertRefused(stage.muster("agent", "-bind=" + free, "-rpc-addr=" + place), place, "-rpc-addr");
            assertRefused(
                    stage.muster("balance", "-bind=" + free, "-rpc-addr=" + address + ":27373", "-listen=" + place),
                    place,
                    "-listen");
        }
    }

    @Test
    void a_command_without_an_agent_says_how_to_get_one(Stage stage) {
        var nobody = stage.address() + ":1";
        for (var verb : new String[] {"members", "info", "pool", "leave"}) {
            assertRefused(stage.muster(verb, "-rpc-addr=" + nobody), "connection refused", "-rpc-addr");
        }
    }

    @Test
    void pool_on_a_node_that_is_no_balancer_asks_whether_it_is_one(Stage stage) {
        var agent = stage.agent("agent").start();
        assertThat(agent.cli("pool").output()).contains("No backends. Is this agent a balancer ('muster balance')?");
    }

    @Test
    void pool_tells_the_state_of_each_backend_and_why(Stage stage) {
        var balancer = stage.balancer("balancer").start();
        var app = stage.app("web-1").joining(balancer).start();
        balancer.awaitBackends("ready", List.of(app));
        assertThat(balancer.cli("pool").orFail().stdout().lines().map(line -> line.replaceAll(" +", " ")))
                .anySatisfy(line -> assertThat(line).startsWith("POOL NODE ADDRESS STATE"))
                .anySatisfy(line -> assertThat(line).startsWith("web web-1 ").contains(" ready "));
        assertThat(balancer.cli("pool", "-format=json").orFail().stdout()).contains("is alive and offers it");

        app.freeze();
        balancer.awaitBackends("ejected", List.of(app));
        assertThat(balancer.cli("pool").orFail().stdout().lines().toList())
                .noneMatch(line -> line.contains(" ready "))
                .anySatisfy(line -> assertThat(line).startsWith("    web-1 "))
                .allSatisfy(
                        line -> assertThat(line.length()).isLessThanOrEqualTo(110)); // a row is as wide as its cells
        app.thaw();
    }

    @Test
    void a_start_join_that_reaches_nobody_ends_the_agent_as_serfs_does(Stage stage) {
        var agent = stage.agent("agent").with("-join=" + stage.address() + ":1").launch();
        assertThat(agent.program().awaitExit()).isEqualTo(1);
    }

    @Test
    void help_is_no_error_and_names_flag_file_key_and_variable(Stage stage) {
        var help = stage.muster("balance", "-h").orFail().output();
        assertThat(help).contains("-backend-port", "backend_port", "MUSTER_BACKEND_PORT", "Example:");
        assertThat(stage.muster("help", "balance").orFail().output()).isEqualTo(help);
        assertThat(stage.muster("version").orFail().stdout()).startsWith("Muster v");
    }

    @Test
    void run_ends_with_the_code_of_its_app_when_it_is_not_to_restart_it(Stage stage) {
        var address = stage.address();
        var flags = new String[] {
            "run",
            "-bind=" + address + ":27946",
            "-rpc-addr=" + address + ":27373",
            "-service=web:23000",
            "-restart=never",
            "--",
            "sh",
            "-c",
            "exit 7"
        };
        assertThat(stage.muster(flags).exitCode()).isEqualTo(7);
    }

    @Test
    void run_ends_with_0_after_a_requested_stop(Stage stage) {
        var app = stage.app("app").start();
        app.program().awaitLine("service=web announced");
        assertThat(app.leave()).isZero();
    }
}
