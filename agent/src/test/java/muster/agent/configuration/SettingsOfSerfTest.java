package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flag and every key of {@code serf agent}: taken with its meaning, or refused with what to do instead. */
class SettingsOfSerfTest {
    @TempDir
    private Path folder;

    /** Keys of files, each with a value as JSON; what Debian's binary knows, which a test asks it. */
    private static final Map<String, String> KEYS = new LinkedHashMap<>();

    static {
        KEYS.put("node_name", "\"n1\"");
        KEYS.put("role", "\"web\"");
        KEYS.put("disable_coordinates", "true");
        KEYS.put("tags", "{\"a\": \"b\"}");
        KEYS.put("tags_file", "\"/nowhere/tags\"");
        KEYS.put("bind", "\"203.0.113.1\"");
        KEYS.put("advertise", "\"10.0.0.1:7000\"");
        KEYS.put("encrypt_key", "\"AAAAAAAAAAAAAAAAAAAAAA==\"");
        KEYS.put("keyring_file", "\"/nowhere/keys\"");
        KEYS.put("log_level", "\"DEBUG\"");
        KEYS.put("rpc_addr", "\"127.0.0.1:7373\"");
        KEYS.put("rpc_auth", "\"secret\"");
        KEYS.put("protocol", "5");
        KEYS.put("replay_on_join", "true");
        KEYS.put("query_response_size_limit", "1024");
        KEYS.put("query_size_limit", "1024");
        KEYS.put("user_event_size_limit", "512");
        KEYS.put("start_join", "[\"10.0.0.1\"]");
        KEYS.put("event_handlers", "[\"member-join=true\"]");
        KEYS.put("profile", "\"wan\"");
        KEYS.put("snapshot_path", "\"/nowhere/snapshot\"");
        KEYS.put("leave_on_terminate", "true");
        KEYS.put("skip_leave_on_interrupt", "true");
        KEYS.put("discover", "\"c\"");
        KEYS.put("interface", "\"lo\"");
        KEYS.put("reconnect_interval", "\"30s\"");
        KEYS.put("reconnect_timeout", "\"24h\"");
        KEYS.put("tombstone_timeout", "\"24h\"");
        KEYS.put("disable_name_resolution", "true");
        KEYS.put("enable_syslog", "true");
        KEYS.put("syslog_facility", "\"LOCAL1\"");
        KEYS.put("retry_join", "[\"10.0.0.2\"]");
        KEYS.put("retry_max_attempts", "3");
        KEYS.put("retry_interval", "\"10s\"");
        KEYS.put("rejoin_after_leave", "true");
        KEYS.put("enable_compression", "true");
        KEYS.put("statsite_addr", "\"10.0.0.1:8125\"");
        KEYS.put("statsd_addr", "\"10.0.0.1:8125\"");
        KEYS.put("broadcast_timeout", "\"5s\"");
    }

    static List<String> keys() {
        return List.copyOf(KEYS.keySet());
    }

    private static Configuration load(String... flags) {
        FlagParser.Parsed parsed = FlagParser.parse(List.of(flags), Schema.AGENT);
        assertThat(parsed.words()).isEmpty();
        return Configuration.load(parsed.given(), Map.of(), Schema.AGENT);
    }

    private Path file(String key) throws IOException {
        return Files.writeString(folder.resolve("serf.json"), "{\"" + key + "\": " + KEYS.get(key) + "}");
    }

    @ParameterizedTest
    @MethodSource("keys")
    void a_key_is_taken_or_refused_with_what_to_do_instead(String key) throws IOException {
        String path = file(key).toString();
        if (SerfOnly.isWithoutEffect(key)) {
            assertThat(load("-config-file", path)).isNotNull(); // it does nothing in Serf either
        } else if (!SerfOnly.instead(key).isEmpty()) {
            assertThatThrownBy(() -> load("-config-file", path))
                    .isInstanceOf(BadConfiguration.class)
                    .hasMessageContaining("of Serf is not supported: ");
        } else {
            Configuration configuration = load("-config-file", path);
            assertThat(Schema.AGENT)
                    .filteredOn(setting -> setting.key().equals(key))
                    .singleElement()
                    .satisfies(
                            setting -> assertThat(configuration.isSet(setting)).isTrue());
        }
    }

    /** With an address that no host has, so that it ends when it has read the file. */
    @ParameterizedTest
    @MethodSource("keys")
    void debians_serf_knows_the_key(String key) throws Exception {
        SerfProgram.needed();
        var words = new ArrayList<>(List.of("agent", "-config-file=" + file(key), "-rpc-addr=127.0.0.1:0"));
        if (!key.equals("interface")) {
            words.add("-bind=203.0.113.1");
        } else {
            words.add("-config-file=/nowhere");
        }
        assertThat(SerfProgram.run(words.toArray(String[]::new)).output()).doesNotContain("invalid keys");
    }

    @Test
    void a_key_that_nobody_knows_is_refused_by_both() throws Exception {
        Path path = Files.writeString(folder.resolve("serf.json"), "{\"nonsense\": 1}");
        assertThatThrownBy(() -> load("-config-file", path.toString())).hasMessageContaining("nonsense");
        SerfProgram.needed();
        assertThat(SerfProgram.run("agent", "-config-file=" + path, "-bind=203.0.113.1")
                        .output())
                .contains("invalid keys: nonsense");
    }

    @Test
    void every_flag_of_debians_help_is_taken_with_one_dash_and_two() throws Exception {
        SerfProgram.needed();
        var flags = new TreeSet<String>();
        Pattern.compile("(?m)^  -([a-z-]+)")
                .matcher(SerfProgram.run("agent", "-help").output())
                .results()
                .forEach(found -> flags.add(found.group(1)));
        assertThat(flags).hasSizeGreaterThan(20).contains("discover", "event-handler", "retry-max");
        flags.add("replay"); // its help forgets it
        for (String flag : flags) {
            Setting<?> setting = Schema.AGENT.stream()
                    .filter(each -> each.flag().equals(flag))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no flag -" + flag));
            String key = KEYS.get(setting.key());
            String value = key == null
                    ? sample(flag)
                    : key.replaceAll("[\\[\\]\"{}]", "").replace(": ", "=");
            for (String dashes : List.of("-", "--")) {
                assertThat(load(dashes + flag + "=" + value).isSet(setting))
                        .as("%s%s=", dashes, flag)
                        .isTrue();
                if (setting.kind().shape() == Kind.Shape.SWITCH) {
                    assertThat(load(dashes + flag).isSet(setting)).isTrue();
                } else {
                    assertThat(load(dashes + flag, value).isSet(setting))
                            .as("%s%s", dashes, flag)
                            .isTrue();
                }
            }
        }
    }

    /** For flags that have no key in Serf's files, or another kind of value there. */
    private String sample(String flag) {
        return switch (flag) {
            case "disable-compression" -> "true";
            case "config-dir" -> folder.toString();
            case "config-file" -> {
                try {
                    yield file("node_name").toString();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
            default -> throw new AssertionError("this test has no value for -" + flag);
        };
    }
}
