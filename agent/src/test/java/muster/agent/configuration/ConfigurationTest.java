package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    @TempDir
    private Path folder;

    private Configuration load(List<Setting<?>> settings, Map<String, String> environment, String... arguments) {
        return Configuration.load(FlagParser.parse(List.of(arguments), settings).given(), environment, settings);
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void a_flag_beats_a_variable_beats_a_file_beats_the_default() throws IOException {
        String file = file("node.yaml", "node_name: from-file\n");
        assertThat(load(Schema.AGENT, Map.of()).value(Schema.NODE)).isEmpty();
        assertThat(load(Schema.AGENT, Map.of(), "-config-file", file).value(Schema.NODE))
                .isEqualTo("from-file");
        Map<String, String> variable = Map.of("MUSTER_NODE", "from-variable");
        assertThat(load(Schema.AGENT, variable, "-config-file", file).value(Schema.NODE))
                .isEqualTo("from-variable");
        assertThat(load(Schema.AGENT, variable, "-config-file", file, "-node", "from-flag")
                        .value(Schema.NODE))
                .isEqualTo("from-flag");
    }

    @Test
    void one_or_two_dashes_and_an_equals_sign_or_a_space_all_do() {
        for (String[] form : List.<String[]>of(
                new String[] {"-retry-max", "3"},
                new String[] {"--retry-max", "3"},
                new String[] {"-retry-max=3"},
                new String[] {"--retry-max=3"})) {
            assertThat(load(Schema.AGENT, Map.of(), form).value(Schema.RETRY_MAX))
                    .isEqualTo(3);
        }
    }

    @Test
    void a_switch_takes_its_value_only_with_an_equals_sign() {
        assertThat(load(Schema.AGENT, Map.of(), "-replay").value(Schema.REPLAY)).isTrue();
        assertThat(load(Schema.AGENT, Map.of(), "-replay=false").value(Schema.REPLAY))
                .isFalse();
        assertThat(FlagParser.parse(List.of("-replay", "false"), Schema.AGENT).words())
                .containsExactly("false");
    }

    @Test
    void flags_end_at_the_first_word_or_at_two_dashes() {
        assertThat(FlagParser.parse(List.of("-node", "a", "--", "-node", "b"), Schema.RUN)
                        .words())
                .containsExactly("-node", "b");
        assertThat(FlagParser.parse(List.of("-node", "a", "word", "-node"), Schema.RUN)
                        .words())
                .containsExactly("word", "-node");
    }

    @Test
    void lists_add_up_and_tags_are_merged_by_name() throws IOException {
        String file = file("node.json", """
                {"tags": {"role": "web", "zone": "a"}, "retry_join": ["one", "two"]}
                """);
        Configuration configuration = load(
                Schema.AGENT,
                Map.of("MUSTER_RETRY_JOIN", "three,four"),
                "-config-file",
                file,
                "-tag",
                "zone=b",
                "-retry-join",
                "five");
        assertThat(configuration.value(Schema.TAGS)).isEqualTo(Map.of("role", "web", "zone", "b"));
        assertThat(configuration.value(Schema.RETRY_JOIN)).containsExactly("one", "two", "three", "four", "five");
    }

    @Test
    void a_file_may_serve_several_commands() throws IOException {
        String file = file("node.yaml", """
                # for the balancer and the apps
                listen: :9000
                services: ["web:3000,check=/health"]
                retry_interval: 2s
                """);
        Configuration run = load(Schema.RUN, Map.of(), "-config-file", file);
        assertThat(run.value(Schema.SERVICE)).containsExactly(new ServiceOption("web", 3000, "http", "/health", 10));
        assertThat(run.value(Schema.RETRY_INTERVAL)).isEqualTo(Duration.ofSeconds(2));
        assertThat(load(Schema.BALANCE, Map.of(), "-config-file", file).value(Schema.LISTEN))
                .isEqualTo(new Endpoint("", 9000));
    }

    @Test
    void a_file_that_this_user_may_not_read_is_said_in_words() {
        // Nobody may read this one, not even root.
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-config-file", "/proc/sys/vm/drop_caches"))
                .isInstanceOf(BadConfiguration.class)
                .hasMessage("/proc/sys/vm/drop_caches: this user may not read it; change its owner or mode,"
                        + " or check -config-file");
    }

    @Test
    void files_of_a_directory_are_read_in_order_of_their_names() throws IOException {
        file("20-b.yaml", "node_name: second\n");
        file("10-a.yaml", "node_name: first\nprofile: wan\n");
        file("ignored.txt", "node_name: third\n");
        Configuration configuration = load(Schema.AGENT, Map.of(), "-config-dir", folder.toString());
        assertThat(configuration.value(Schema.NODE)).isEqualTo("second");
        assertThat(configuration.value(Schema.PROFILE)).isEqualTo("wan");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nod_name: x | :1:1: unknown key 'nod_name'; did you mean node_name?",
                "'a: 1\nretry_interval: 5' | :2:17: retry_interval: '5' is not a duration",
                "retry_interval: [1s] | :1:17: retry_interval: expected one value",
                "retry_join: {a: b} | :1:13: retry_join: expected a list",
                "tags: [a] | :1:7: tags: expected a map",
                "replay_on_join: maybe | neither true nor false",
                "encrypt_key: a*c | :1:14: encrypt_key: the key is not base64",
                "encrypt_key: YWJj | :1:14: encrypt_key: the key has 3 bytes",
                "bind: 300.1.1.1 | :1:7: bind: '300.1.1.1' is not an address",
                "profile: mars | must be one of lan, wan, local",
                "'node_name: a\nnode_name: b' | :2:1: key 'node_name' is there twice",
                "'- a' | :1:1: a configuration is a map",
                "'node_name: \"x' | not YAML",
                "'a: *nowhere' | not YAML"
            })
    void a_bad_file_is_refused_with_the_place_and_the_remedy(String text, String message) throws IOException {
        String name = file("bad.yaml", text.replace("a: 1\n", "node_name: x\n"));
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-config-file", name))
                .isInstanceOf(BadConfiguration.class)
                .hasMessageContaining("bad.yaml")
                .hasMessageContaining(message);
    }

    @Test
    void every_problem_is_told_at_once() {
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of("MUSTER_PROFILE", "mars"), "-retry-max", "x"))
                .isInstanceOf(BadConfiguration.class)
                .hasMessageContaining("environment variable MUSTER_PROFILE: 'mars' must be one of")
                .hasMessageContaining("flag -retry-max: 'x' must be a whole number");
    }

    @Test
    void a_missing_file_is_said_to_be_missing() {
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-config-file", "/nowhere/node.yaml"))
                .hasMessage("/nowhere/node.yaml: no such file; check -config-file");
    }

    @Test
    void a_mistyped_flag_names_the_nearest_one() {
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-retry-jion", "x"))
                .isInstanceOf(BadConfiguration.class)
                .hasMessageContaining("unknown flag -retry-jion; did you mean -retry-join?");
    }

    @Test
    void a_flag_without_its_value_says_what_is_missing() {
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-retry-interval"))
                .hasMessage("flag -retry-interval needs a value: -retry-interval DURATION");
    }

    @Test
    void serfs_own_variables_are_understood_and_rank_below_ours() {
        Map<String, String> serf = Map.of("SERF_RPC_ADDR", "127.0.0.1:1");
        assertThat(load(Schema.CLIENT, serf).value(Schema.RPC_ADDR).port()).isEqualTo(1);
        Map<String, String> both = Map.of("SERF_RPC_ADDR", "127.0.0.1:1", "MUSTER_RPC_ADDR", "127.0.0.1:2");
        assertThat(load(Schema.CLIENT, both).value(Schema.RPC_ADDR).port()).isEqualTo(2);
    }

    @Test
    void a_secret_that_ends_with_a_line_break_is_refused_without_being_shown() {
        for (String variable : List.of("MUSTER_RPC_AUTH", "SERF_RPC_AUTH", "MUSTER_ENCRYPT")) {
            assertThatThrownBy(() -> load(Schema.AGENT, Map.of(variable, "s3cret-key\r")))
                    .isInstanceOf(BadConfiguration.class)
                    .hasMessageContaining("environment variable " + variable)
                    .hasMessageContaining("a control character (0x0d) at position 11")
                    .hasMessageNotContaining("s3cret");
        }
    }

    @Test
    void an_unknown_variable_is_refused_with_the_nearest_one() {
        Map<String, String> environment =
                Map.of("MUSTER_RPC_ADR", "x", "MUSTER_ZZZ", "y", "MUSTER_NODE", "a", "PATH", "/bin");
        assertThatThrownBy(() -> EnvironmentReader.refuseUnknown(environment, Schema.ALL.stream()))
                .isInstanceOf(BadConfiguration.class)
                .hasMessageContaining("unknown environment variable MUSTER_RPC_ADR; did you mean MUSTER_RPC_ADDR?")
                .hasMessageContaining("unknown environment variable MUSTER_ZZZ (");
    }

    @Test
    void what_an_orchestrator_sets_for_services_called_muster_is_no_setting() {
        var links = new TreeMap<String, String>();
        for (String service : List.of("", "BACKEND_", "RPC_")) {
            links.put("MUSTER_" + service + "SERVICE_HOST", "10.0.0.1");
            links.put("MUSTER_" + service + "SERVICE_PORT", "80");
            links.put("MUSTER_" + service + "SERVICE_PORT_HTTP", "80");
            links.put("MUSTER_" + service + "PORT", "tcp://10.0.0.1:80");
            links.put("MUSTER_" + service + "PORT_80_TCP", "tcp://10.0.0.1:80");
            links.put("MUSTER_" + service + "PORT_80_TCP_PROTO", "tcp");
            links.put("MUSTER_" + service + "PORT_80_TCP_PORT", "80");
            links.put("MUSTER_" + service + "PORT_80_TCP_ADDR", "10.0.0.1");
            links.put("MUSTER_" + service + "NAME", "/web/muster");
            links.put("MUSTER_" + service + "ENV_PATH", "/bin");
        }
        // Of these one has the name of a setting.
        assertThat(links).containsKey(Schema.BACKEND_PORT.variable());
        EnvironmentReader.refuseUnknown(links, Schema.ALL.stream());
        assertThat(load(Schema.BALANCE, links).value(Schema.BACKEND_PORT)).isEqualTo(80);
        links.put(Schema.BACKEND_PORT.variable(), "3000");
        assertThat(load(Schema.BALANCE, links).value(Schema.BACKEND_PORT)).isEqualTo(3_000);
    }

    @Test
    void a_directory_may_be_named_as_a_file_and_a_file_as_a_directory() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("conf.d"));
        Files.writeString(directory.resolve("a.json"), "{\"node_name\": \"of-a\"}");
        assertThat(load(Schema.AGENT, Map.of(), "-config-file", directory.toString())
                        .value(Schema.NODE))
                .isEqualTo("of-a");
        String file = file("agent.conf", "node_name: of-file\n");
        assertThat(load(Schema.AGENT, Map.of(), "-config-dir", file).value(Schema.NODE))
                .isEqualTo("of-file");
    }

    @Test
    void what_is_no_text_is_said_to_be_that() throws IOException {
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-config-file", binary.toString()))
                .hasMessageContaining(binary + ": is not UTF-8 text");
    }

    @Test
    void a_key_of_serf_that_muster_lacks_says_what_to_do_instead() throws IOException {
        for (SerfOnly serf : SerfOnly.values()) {
            if (SerfOnly.isWithoutEffect(serf.key())) {
                continue;
            }
            String file = file("serf.json", "{\"node_name\": \"a\",\n \"" + serf.key() + "\": \"x\"}");
            assertThatThrownBy(() -> load(Schema.AGENT, Map.of(), "-config-file", file))
                    .hasMessageContaining(
                            ":2:2: key '" + serf.key() + "' of Serf is not supported: " + SerfOnly.instead(serf.key()));
        }
    }

    @Test
    void no_setting_is_also_one_that_muster_lacks() {
        for (SerfOnly serf : SerfOnly.values()) {
            assertThat(Schema.ALL).noneMatch(setting -> setting.key().equals(serf.key()));
        }
    }

    @Test
    void a_value_is_known_by_where_it_was_given() throws IOException {
        String file = file("node.yaml", "# one\nbind: 10.0.0.1\n");
        assertThat(load(Schema.AGENT, Map.of()).origin(Schema.BIND)).isEqualTo("flag -bind");
        assertThat(load(Schema.AGENT, Map.of(), "-config-file", file).origin(Schema.BIND))
                .isEqualTo(file + ":2:7: bind");
        assertThat(load(Schema.AGENT, Map.of("MUSTER_BIND", "10.0.0.2"), "-config-file", file)
                        .origin(Schema.BIND))
                .isEqualTo("environment variable MUSTER_BIND");
    }

    @Test
    void no_command_has_a_flag_twice_and_no_key_means_two_things() {
        for (List<Setting<?>> settings : List.of(Schema.AGENT, Schema.RUN, Schema.BALANCE)) {
            var flags = new HashSet<String>();
            assertThat(settings).allMatch(setting -> flags.add(setting.flag()));
        }
        var keys = new HashSet<String>();
        assertThat(Schema.ALL).allMatch(setting -> keys.add(setting.key()));
    }

    @Test
    void a_file_can_be_read_again_after_it_changed() throws IOException {
        String file = file("node.yaml", "log_level: warn\n");
        Configuration first = load(Schema.AGENT, Map.of(), "-config-file", file, "-node", "n1");
        file("node.yaml", "log_level: debug\nnode_name: other\n");
        assertThat(first.value(Schema.LOG_LEVEL)).isEqualTo("warn");
        assertThat(first.again().value(Schema.LOG_LEVEL)).isEqualTo("debug");
        assertThat(first.again().value(Schema.NODE)).isEqualTo("n1");
    }

    @Test
    void files_and_directories_count_in_the_order_in_which_they_are_named() throws IOException {
        String file = file("first.yaml", "node_name: of-file\n");
        Path directory = Files.createDirectory(folder.resolve("conf.d"));
        Files.writeString(directory.resolve("b.json"), "{\"node_name\": \"of-b\"}");
        Files.writeString(directory.resolve("a.json"), "{\"node_name\": \"of-a\"}");
        assertThat(load(Schema.AGENT, Map.of(), "-config-file", file, "-config-dir", directory.toString())
                        .value(Schema.NODE))
                .isEqualTo("of-b");
        assertThat(load(Schema.AGENT, Map.of(), "-config-dir", directory.toString(), "-config-file", file)
                        .value(Schema.NODE))
                .isEqualTo("of-file");
    }
}
